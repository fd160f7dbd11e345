"""Verifying generated hardware: arguments are checked before the long simulation."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pulsetrain.data import DataSet
from pulsetrain.errors import shown
from pulsetrain.files import check_writable, read_text
from pulsetrain.run import Checkpoint, LockstepReport, read_checkpoint
from pulsetrain.spec import Config, ConfigError, builtin_names

from .hardware import find_board
from .inputs import ArgumentError, ConfigSource, DataSource, data_for, load_config

if TYPE_CHECKING:
    from pulsetrain.boards.board import Board
    from pulsetrain.sim.wave import Wave

AUTO = "auto"
SIMULATORS = ("icarus", "verilator", "native", "amaranth")

_REMEDY = "install Icarus Verilog or use --simulator verilator or native (see `pulsetrain doctor`)"


def choose_simulator(name: str) -> str:
    """The simulator that `name` stands for: "auto" is Icarus Verilog if that is installed, and
    Amaranth's own simulator otherwise.

    Raises:
        ArgumentError: there is no such simulator.
    """
    from pulsetrain.sim import runner

    if name == AUTO:
        return "icarus" if runner.version("icarus") else "amaranth"
    if name not in SIMULATORS:
        raise ArgumentError(f"--simulator must be one of {', '.join((AUTO, *SIMULATORS))}, not "
                            f"{shown(name)}")
    return name


def generated_verilog(source: ConfigSource) -> Path | None:
    """The Verilog of the folder `source` that `generate` wrote; None if it is not a folder.

    Raises:
        ConfigError: the folder contains no Verilog, or no valid manifest that names it.
    """
    if isinstance(source, Config) or source in builtin_names() or not Path(source).is_dir():
        return None
    from pulsetrain.emit import MANIFEST, TOP, check_name

    name = TOP
    manifest = Path(source) / MANIFEST
    if manifest.is_file():
        text = read_text(manifest, "manifest", ConfigError)
        try:
            name = json.loads(text)["top"]
            check_name(name)
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise ConfigError(f"{manifest}: must be the manifest of an engine, with its `top`; "
                              "generate it again") from error
    verilog = Path(source) / f"{name}.v"
    if not verilog.is_file():
        raise ConfigError(f"{source}: the folder holds no {name}.v; `pulsetrain generate` writes "
                          "one")
    return verilog


@dataclass(frozen=True, kw_only=True)
class Verification:
    """A comparison that is ready to run.

    Args:
        config: the engine's configuration.
        data: its training samples are visited in the order of a training.
        samples: training samples to simulate.
        every: samples from one comparison of the whole state to the next.
        simulator: one of `SIMULATORS`.
        verilog: the emitted file; None to generate it for this comparison.
        netlist: an FPGA family: simulate the netlist that synthesis for it makes from the Verilog.
        bitstream: a board: simulate what would be loaded onto it, compiled, over its serial line.
        checkpoint: where to begin; None for the initial state.
        wave: the waveforms to record.

    Raises:
        ArgumentError: they cannot be combined; the message says why, and what to change.
        OSError: the waveform file cannot be written.
    """

    config: Config
    data: DataSet
    samples: int
    every: int
    simulator: str
    verilog: Path | None = None
    netlist: str | None = None
    bitstream: str | None = None
    checkpoint: Checkpoint | None = None
    wave: Wave | None = None

    def __post_init__(self) -> None:
        for name in ("samples", "every"):
            if getattr(self, name) < 1:
                raise ArgumentError(f"{name} must be at least 1, not {getattr(self, name)}")
        check_netlist(self.netlist)
        board = find_board(self.bitstream)
        if board:
            self._check_bitstream(board)
        if self.simulator == "amaranth":
            self._check_amaranth()
        if self.wave:
            self._check_wave(self.wave)

    def run(self, progress: Callable[[int], None] = lambda samples: None) -> LockstepReport:
        """Simulate and compare; `progress` is called with the number of samples compared.

        Raises:
            CheckpointError: the checkpoint's configuration learns differently.
            DataError: the checkpoint is beyond the samples of its epoch.
            SimulatorMissingError: the simulator is not installed.
            SimulationFailedError: the Verilog does not compile, or the simulation failed.
            ToolMissingError, ToolFailedError: the netlist cannot be synthesised.
        """
        from pulsetrain.sim.verify import verify as compare
        from pulsetrain.sim.verify import verify_bitstream

        config, start = self.config, self.checkpoint
        if start:
            start = start.continued(config, "the checkpoint")
            config = start.config
        board = find_board(self.bitstream)
        if board:
            return verify_bitstream(config, self.data, samples=self.samples, every=self.every,
                                    board=board, checkpoint=start, progress=progress)
        return compare(config, self.data, samples=self.samples, every=self.every,
                       simulator=self.simulator, verilog=self.verilog, netlist=self.netlist,
                       checkpoint=start, wave=self.wave, progress=progress)

    def _check_bitstream(self, board: Board) -> None:
        if board.part.family.unpacker is None:
            raise ArgumentError("--bitstream must be a board whose bitstreams can become Verilog "
                                f"again, not {board.name}")
        if self.netlist or self.wave or self.verilog:
            raise ArgumentError("--bitstream builds the board from the configuration, and records "
                                "no waveforms: leave out --netlist and --wave, and give the "
                                "configuration, not a generated folder")

    def _check_amaranth(self) -> None:
        if self.netlist:
            raise ArgumentError("--netlist cannot be simulated by Amaranth, which reads no "
                                f"Verilog; {_REMEDY}")
        if self.verilog:
            raise ArgumentError(f"{self.verilog.parent}: Amaranth's simulator cannot read Verilog; "
                                f"{_REMEDY}")
        if self.config.engine.memory == "spram":
            raise ArgumentError(f"{self.config.name}: Amaranth's simulator has no model of the "
                                f'cells that engine.memory = "spram" needs; {_REMEDY}')

    def _check_wave(self, wave: Wave) -> None:
        from pulsetrain.sim.wave import SIMULATORS as RECORDING

        if self.netlist:
            raise ArgumentError("--wave records the emitted Verilog: leave out --netlist")
        if self.simulator not in RECORDING:
            raise ArgumentError(f"--wave needs --simulator {' or '.join(RECORDING)}, not "
                                f"{self.simulator}")
        if wave.last >= self.samples:
            raise ArgumentError("--wave-samples must be FIRST:LAST with 0 <= FIRST <= LAST < "
                                f"--samples ({self.samples}), not '{wave.first}:{wave.last}'")
        check_writable(wave.file)


def check_netlist(family: str | None) -> None:
    """Check that netlists of the `family` can be simulated; None means no synthesis.

    Raises:
        ArgumentError: they cannot.
    """
    from pulsetrain.fpga.families import SIMULATED

    if family is not None and family not in SIMULATED:
        raise ArgumentError(f"--netlist must be one of {', '.join(SIMULATED)}, not {shown(family)}")


def make_wave(file: str | Path, first: int, last: int) -> Wave:
    """Record training samples `first` to `last`, both included, into `file`.

    Raises:
        ArgumentError: the file has another format, or the window contains no sample.
    """
    from pulsetrain.sim.wave import Wave

    try:
        return Wave(file=Path(file), first=first, last=last)
    except ValueError as error:
        raise ArgumentError(f"--wave: {error}") from None


def verify(config: ConfigSource, data: DataSource | None = None, *, samples: int = 100,
           every: int = 10, simulator: str = AUTO, netlist: str | None = None,
           bitstream: str | None = None,
           checkpoint: Checkpoint | str | Path | None = None, wave: str | Path | None = None,
           wave_samples: tuple[int, int] = (0, 0),
           progress: Callable[[int], None] = lambda samples: None) -> LockstepReport:
    """Train the generated hardware in a simulator, and compare it with the golden model.

    Every class, error flag and cycle count is compared, every state of every synapse after every
    few samples, and every register after reset and at the end.

    Args:
        config: the configuration, in any form that `load_config` takes; if it is a folder that
            `generate` wrote, the Verilog in it is verified.
        data: the data set, in any form that `load_data` takes; by default the configuration's.
        samples: training samples to simulate.
        every: samples from one comparison of the whole state to the next.
        simulator: "icarus", "verilator", "native" (Verilator without Python in the clock loop: the
            fastest), "amaranth" (needs nothing but Python, and simulates the design instead of its
            Verilog), or "auto": icarus if it is installed, otherwise amaranth.
        netlist: "ecp5" or "ice40": simulate the netlist that synthesis for that family makes from
            the Verilog.
        bitstream: the name of a board: build it, make Verilog again of what would be loaded onto
            it, and simulate that, compiled, over the pins of its serial line.
        checkpoint: begin in the trained state of this checkpoint.
        wave: record every signal into this .vcd or .fst file.
        wave_samples: the first and the last sample that `wave` records, from 0.
        progress: called with the number of samples compared so far.

    Returns:
        The outcome: `equal`, the `first_divergence` if there is one, cycles simulated and
        predicted. A difference does not raise an exception.

    Raises:
        ConfigError, DataError, CheckpointError: an input cannot be used.
        ArgumentError: the arguments cannot be combined.
        SimulatorMissingError: the simulator is not installed.
        SimulationFailedError: the Verilog does not compile, or the simulation failed.
        ToolMissingError, ToolFailedError: the netlist cannot be synthesised.

    Examples:
        >>> import pulsetrain
        >>> report = pulsetrain.verify("digits", samples=3, every=3, simulator="amaranth")
        >>> report.equal, report.cycles_simulated == report.cycles_predicted
        (True, True)
    """
    loaded = load_config(config)
    if isinstance(checkpoint, str | Path):
        checkpoint = read_checkpoint(Path(checkpoint), loaded)
    return Verification(
        config=loaded, data=data_for(loaded, data), samples=samples, every=every,
        simulator=choose_simulator(simulator), verilog=generated_verilog(config), netlist=netlist,
        bitstream=bitstream, checkpoint=checkpoint,
        wave=None if wave is None else make_wave(wave, *wave_samples)).run(progress)
