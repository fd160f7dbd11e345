"""Verification: the emitted engine, simulated, is compared with the golden model bit by bit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pulsetrain.boards.board import Board
from pulsetrain.data import DataSet
from pulsetrain.device import engine_digest
from pulsetrain.emit import VERILOG, generate
from pulsetrain.files import temporary_folder, write_atomically
from pulsetrain.fpga.tools import YOSYS
from pulsetrain.golden import GoldenEngine
from pulsetrain.registers import IDENTITY, MODE_HALT, PARITY, digest_words, registers_of
from pulsetrain.run import Checkpoint, LockstepReport, compare, register_differences, schedule
from pulsetrain.spec import Config

from .bitstream import bitstream_engine
from .engine import SimulatedEngine
from .native_engine import NativeEngine
from .netlist import make_netlist
from .runner import check_installed
from .wave import RecordedEngine, Wave
from .wave_views import views


def verify(config: Config, data: DataSet, *, samples: int, every: int, simulator: str,
           verilog: Path | None = None, netlist: str | None = None,
           checkpoint: Checkpoint | None = None, wave: Wave | None = None,
           progress: Callable[[int], None] = lambda samples: None) -> LockstepReport:
    """Train the simulated engine and the golden model on the same samples, and compare.

    Every register is compared too, after reset and at the end, except for two that cannot be
    predicted: `version`, because a folder may come from another version, and at the end `starved`.

    Args:
        config: of the engine.
        data: its training samples are visited in the order of a training run.
        samples: number of training samples; after the last of `data`, another epoch begins.
        every: samples between two comparisons of the whole state.
        simulator: "icarus", "verilator", "native" (Verilator without Python in the clock loop),
            or "amaranth" (which simulates the design itself and not its Verilog).
        verilog: the emitted file; by default it is generated for this comparison.
        netlist: one of `fpga.synthesis.FAMILIES`: simulate the file as synthesised for that
            family.
        checkpoint: where to begin; by default, the initial state.
        wave: what to record, if the simulator can. Its file and the files for viewers beside it
            are written if the samples are reached.
        progress: called with the number of samples compared so far.

    Raises:
        data.DataError: the checkpoint's position lies beyond the samples.
        sim.runner.SimulatorMissingError: the simulator is not installed.
        sim.runner.SimulationFailedError: the file does not compile, or the simulator ended early.
        fpga.tools.ToolMissingError, fpga.tools.ToolFailedError: it cannot be synthesised.
    """
    task = _Task.of(config, data, samples, checkpoint)
    with simulated(config, simulator, verilog, netlist=netlist, wave=wave) as candidate:
        return task.compare(candidate, every, progress)


def verify_bitstream(config: Config, data: DataSet, *, samples: int, every: int, board: Board,
                     checkpoint: Checkpoint | None = None,
                     progress: Callable[[int], None] = lambda samples: None) -> LockstepReport:
    """`verify` of what would be loaded onto `board`, over the pins of its serial line.

    The registers are compared only as far as the link does: identity, digest and counters.

    Raises:
        data.DataError: the checkpoint's position lies beyond the samples.
        sim.bitstream.NotUnpackedError: a cell cannot become Verilog again.
        sim.runner.SimulatorMissingError, sim.runner.SimulationFailedError: as of `verify`.
        fpga.tools.ToolMissingError, fpga.tools.ToolFailedError: the bitstream cannot be made.
    """
    task = _Task.of(config, data, samples, checkpoint)
    with bitstream_engine(config, board) as candidate:
        return compare(task.reference, candidate, task.x, task.labels, every=every,
                       gates=task.gates, progress=progress)


def verify_engine(candidate: SimulatedEngine, data: DataSet, *, samples: int, every: int,
                  checkpoint: Checkpoint | None = None) -> LockstepReport:
    """`verify` of an engine that is being simulated; begins with a reset.

    Raises:
        data.DataError: the checkpoint's position lies beyond the samples.
        sim.runner.SimulationFailedError: the simulator ended early.
    """
    return _Task.of(candidate.config, data, samples, checkpoint).compare(candidate, every)


@dataclass(frozen=True, kw_only=True)
class _Task:
    """What an engine is compared with: the golden model in its first state, samples `x` (n, N)
    with `labels` (n,), and the pulse gate of each."""

    reference: GoldenEngine
    x: np.ndarray
    labels: np.ndarray
    gates: np.ndarray

    @classmethod
    def of(cls, config: Config, data: DataSet, samples: int,
           checkpoint: Checkpoint | None) -> "_Task":
        reference = GoldenEngine(config, count_cycles=True)
        epoch = position = validation = 0
        if checkpoint:
            reference.load(checkpoint.state)
            epoch, position = checkpoint.epoch, checkpoint.position
            validation = checkpoint.validation
        learning, _ = data.split(validation, position)
        order, gates = schedule(config, len(learning.x_train), samples, epoch=epoch,
                                position=position)
        return cls(reference=reference, x=learning.x_train[order],
                   labels=learning.y_train[order], gates=gates)

    def compare(self, candidate: SimulatedEngine | NativeEngine | RecordedEngine, every: int,
                progress: Callable[[int], None] = lambda samples: None) -> LockstepReport:
        """Registers after reset, every sample, and registers at the end."""
        config = self.reference.config
        candidate.reset()
        wrong = register_differences(0, _registers_after_reset(config), candidate.registers(),
                                     "after reset")
        if wrong:
            return LockstepReport(samples=0, states_compared=0, mismatches=len(wrong),
                                  first_divergence=wrong[0], cycles_simulated=0,
                                  cycles_predicted=0, cycles_ideal=0)
        report = compare(self.reference, candidate, self.x, self.labels, every=every,
                         gates=self.gates, progress=progress)
        if not report.equal:
            return report
        at_end = {**_constants(config), "mode": MODE_HALT, "status": 0,
                  "gate": int(self.gates[-1]), "cycles": report.cycles_predicted % 2**32,
                  "dropped": 0, "refused": 0, PARITY.name: 0}
        wrong = register_differences(len(self.x) - 1, at_end, candidate.registers(), "at the end")
        if wrong:
            return replace(report, mismatches=len(wrong), first_divergence=wrong[0])
        return report


def _constants(config: Config) -> dict[str, int]:
    high, low = digest_words(engine_digest(config))
    return {"identity": IDENTITY, "digest_high": high, "digest_low": low}


def _registers_after_reset(config: Config) -> dict[str, int]:
    registers = {entry.name: entry.initial for entry in registers_of(config)
                 if entry.name != "version"}
    return {**registers, **_constants(config), "generator": config.seed}


@contextmanager
def simulated(config: Config, simulator: str, verilog: Path | None = None, *,
              netlist: str | None = None, hostile_seed: int | None = None,
              wave: Wave | None = None) -> Iterator[
                  SimulatedEngine | NativeEngine | RecordedEngine]:
    """A simulated engine of `config`; its Verilog is generated if none is given.

    With a `netlist` it is synthesised for that family first. With a `hostile_seed` its streams
    are idle and stall at random; a native engine takes no such seed. The files of `wave` are
    written at the end, unless an exception is raised.

    Raises:
        ValueError: a native engine is given a `hostile_seed`, the simulator cannot record a
            `wave`, or Amaranth is given cells that only Verilog models.
        OSError: a file of `wave` cannot be written.
        sim.runner.SimulatorMissingError: the simulator is not installed.
        sim.runner.SimulationFailedError: the file does not compile.
    """
    if simulator == "amaranth" and config.engine.memory == "spram":
        raise ValueError('engine.memory must be "block" for amaranth, not "spram"')
    if simulator != "amaranth":
        check_installed("icarus" if simulator == "icarus" else "verilator")
    if netlist is not None:
        YOSYS.check()
    with temporary_folder() as folder:
        if verilog is None and simulator != "amaranth":
            generate(config, folder)
            verilog = folder / VERILOG
        if netlist is not None:
            verilog = make_netlist(verilog, netlist, folder / "netlist")
        recorded = folder / f"wave{wave.file.suffix}" if wave else None
        if simulator == "native":
            if hostile_seed is not None:
                raise ValueError(f"hostile_seed must be None for native, not {hostile_seed}")
            made = NativeEngine(config, verilog, wave=recorded)
        else:
            made = SimulatedEngine(config, verilog, simulator, hostile_seed=hostile_seed,
                                   wave=recorded)
        with made as engine:
            yield RecordedEngine(engine, wave) if wave else engine
        if wave and recorded.exists():
            write_atomically(wave.file, recorded.read_bytes())
            for path, text in views(wave.file, verilog).items():
                write_atomically(path, text.encode())
