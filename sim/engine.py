"""SimulatedEngine: emitted hardware in a simulator, as a backend of the run loop."""

import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from pulsetrain.files import temporary_folder
from pulsetrain.golden import Results, State, initial_state
from pulsetrain.golden.synapse import COUNTERS
from pulsetrain.memory_map import from_slices, pack_rows, unpack_rows
from pulsetrain.processes import python, run
from pulsetrain.registers import registers_of
from pulsetrain.run.backend import BackendStalledError
from pulsetrain.run.parity import check_parity
from pulsetrain.spec import Config

from . import runner, words
from .cocotb_server import LINE

SIMULATORS = (*runner.SIMULATORS, "amaranth")
AMARANTH_SERVER, COCOTB_SERVER = "pulsetrain.sim.amaranth_server", "pulsetrain.sim.cocotb_server"
RECORDER = Path(__file__).with_name("wave.v")
"""The module that records an engine in Icarus Verilog, whose module is called `ENGINE` in it."""


class Simulation:
    """A simulator in its own process, which runs engines one after the other; a context manager.

    "icarus" and "verilator" run the modules `tops` of the file `verilog`, by default its first;
    only Icarus takes more than one. "amaranth" runs the component of `config` and needs no file.
    Icarus can record waveforms into a `wave` file.

    Raises:
        ValueError: a `wave` file is given to a simulator other than Icarus.
        sim.runner.SimulatorMissingError: the simulator is not installed.
        sim.runner.SimulationFailedError: the Verilog does not compile.
    """

    def __init__(self, verilog: Path | None, simulator: str, *, tops: Sequence[str] = (),
                 config: Config | None = None, wave: Path | None = None) -> None:
        if wave and simulator != "icarus":
            raise ValueError(f"the simulator must be icarus to record a wave file, not {simulator}")
        self.top = ""
        self._failure: BaseException | None = None
        self._connection: Connection | None = None
        self._resources = ExitStack()
        folder = self._resources.enter_context(temporary_folder())
        try:
            if simulator == "amaranth":
                simulate = _amaranth(config, folder)
            else:
                self.top, *others = tops or [runner.top_of(verilog)]
                simulate = _verilog(verilog, simulator, [self.top, *others], folder / "build", wave)
            # Unnamed sockets: the path of a file in the folder can be too long for a socket's name.
            ours, theirs = socket.socketpair()
            self._connection = Connection(ours.detach())
            self._thread = threading.Thread(target=self._guard, args=(simulate, theirs),
                                            daemon=True)
            self._thread.start()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Simulation":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def ask(self, *command: Any) -> Any:
        """The answer to a command of `server`.

        Raises:
            BackendStalledError: the engine stalled.
            sim.runner.SimulationFailedError: the simulation ended early.
        """
        try:
            self._connection.send(command)
            outcome, answer = self._connection.recv()
        except (EOFError, OSError):
            self._thread.join()
            raise self._failure or runner.SimulationFailedError(
                "the simulation ended unexpectedly") from None
        if outcome == "stalled":
            raise BackendStalledError(*answer)
        return answer

    def close(self) -> None:
        """End the simulator and remove what it wrote."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._thread.join()
        self._resources.close()

    def _guard(self, simulate: Callable[[int], None], theirs: socket.socket) -> None:
        with theirs:  # closed when the simulator has ended, so that `ask` stops waiting
            try:
                simulate(theirs.fileno())
            except Exception as error:
                self._failure = error


def _amaranth(config: Config, folder: Path) -> Callable[[int], None]:
    """What simulates the engine of `config` and answers on the open socket with a number."""
    configuration = folder / "config.json"
    configuration.write_text(config.model_dump_json(), encoding="utf-8")

    def simulate(line: int) -> None:
        ended = run(python("-m", AMARANTH_SERVER, str(line), str(configuration)), pass_fds=[line])
        if ended.returncode:
            raise runner.SimulationFailedError("Amaranth's simulator failed", ended.stderr)

    return simulate


def _verilog(verilog: Path, simulator: str, tops: Sequence[str], folder: Path,
             wave: Path | None) -> Callable[[int], None]:
    """The same for modules of a file, which is compiled into `folder`."""
    try:
        runner.build(verilog, tops[0], simulator, folder, more_tops=tops[1:],
                     recorder=_recorder(folder, tops[0]) if wave else None)
    except runner.SimulationFailedError as error:
        raise runner.SimulationFailedError(f"{simulator} cannot build {verilog}",
                                           error.tail) from None

    def simulate(line: int) -> None:
        # The server has no assertions to rewrite.
        environment = {LINE: str(line), "COCOTB_REWRITE_ASSERTION_FILES": ""}
        try:
            runner.run(tops[0], simulator, folder, COCOTB_SERVER, environment=environment,
                       wave=wave, pass_fds=[line])
        except runner.SimulationFailedError as error:  # the log is deleted with the folder
            raise runner.SimulationFailedError(
                f"{simulator} stopped while simulating {verilog}", error.tail) from None

    return simulate


class SimulatedEngine:
    """An engine in a simulator; a `Backend` and a context manager.

    `simulator`: "icarus" and "verilator" run the file `verilog`; "amaranth" runs the component it
    was made from and ignores `verilog`. With a `hostile_seed` streams are idle and stall at random.
    Icarus can `record` waveforms into a `wave` file. The simulator has its own process, unless a
    `simulation` is given: then the engine is its module `top`, by default the first, until the next
    engine is made.

    Raises:
        ValueError: a `wave` file is given to a simulator other than Icarus.
        sim.runner.SimulatorMissingError: the simulator is not installed.
        sim.runner.SimulationFailedError: the Verilog does not compile, or the simulation ended
        early.
    """

    def __init__(self, config: Config, verilog: Path | None, simulator: str, *,
                 hostile_seed: int | None = None, wave: Path | None = None,
                 simulation: Simulation | None = None, top: str = "") -> None:
        self.config = config
        self.gate = 256
        self.observe = False
        self.observed: dict[tuple[str, int, int], int] = {}
        self._own = simulation is None
        self._simulation = simulation or Simulation(verilog, simulator, config=config, wave=wave)
        try:
            with suppress(BackendStalledError):  # the first run stalls again, and reports it
                self._ask("engine", top or self._simulation.top, words.longest_wait(config),
                          words.valid_bits(config), hostile_seed)
                self.load(initial_state(config))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "SimulatedEngine":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def load(self, state: State) -> None:
        """Reset the engine and write `state` through its host port and registers."""
        self._ask("load", words.writes(self.config, pack_rows(self.config, state)),
                  {"generator": state.generator, **state.counters})

    def read(self) -> State:
        """Read every state through the host port and the registers."""
        packed, counters = self._ask("read", words.reads(self.config), ("generator", *COUNTERS))
        check_parity(self.config, self.read_register)
        return unpack_rows(self.config, from_slices(self.config, packed),
                           counters.pop("generator"), counters)

    def counters(self) -> dict[str, int]:
        """Read the registers that count."""
        return {name: self.read_register(name) for name in COUNTERS}

    def device_pulses(self) -> None:
        """None: hardware does not count them."""

    def energy(self) -> None:
        """None: hardware does not count it."""

    def read_register(self, name: str) -> int:
        """Read one register by its name."""
        return self._ask("register", name)

    def write_register(self, name: str, value: int) -> None:
        """Write one register by its name."""
        self._ask("write", name, value)

    def break_off(self, x: np.ndarray, labels: np.ndarray, cycles: int) -> None:
        """Begin to learn, and stop after `cycles` clock cycles, even within a sample.

        Afterwards a sample may be incomplete, so results match samples again only after `load` or
        `reset`.
        """
        self._ask("break_off", words.transfers(self.config, x, labels, train=True), cycles)

    def play(self, steps: Sequence[tuple[Mapping[str, int], str | int]],
             names: Sequence[str] = ()) -> list[dict[str, int | None]]:
        """Drive ports as told; returns the values of the ports `names` before every clock edge,
        None where they are unknown.

        A step has what to drive, and how long: until a port is 1, or a number of edges.
        """
        return [dict(zip(names, values, strict=True))
                for values in self._ask("play", steps, names)]

    def registers(self) -> dict[str, int | None]:
        """Read every register: name -> value, None where it is unknown."""
        return self._ask("registers", [entry.name for entry in registers_of(self.config)])

    def flip(self, memory: str, word: int, bit: int) -> None:
        """Flip a bit of a word of a memory, whose name is a path through the modules of the engine:
        "synapse.bank_0_0.memory". Only in Icarus."""
        self._ask("flip", memory, word, bit)

    def reset(self) -> None:
        """Reset the engine; its synapses stay as they are."""
        self._ask("reset")

    def record(self, recording: bool) -> None:
        """Start, resume or stop recording every signal; the file is complete after `close`."""
        self._ask("record", recording)

    def train(self, x: np.ndarray, labels: np.ndarray) -> Results:
        """Learn from `x` (n, N) uint8 with `labels` (n,), one sample after the other."""
        return self._run(x, labels, train=True)

    def infer(self, x: np.ndarray, labels: np.ndarray) -> Results:
        """Classify `x` (n, N) uint8; no state changes."""
        return self._run(x, labels, train=False)

    def close(self) -> None:
        """End the simulator, unless it runs other engines too."""
        if self._own:
            self._simulation.close()

    def _run(self, x: np.ndarray, labels: np.ndarray, *, train: bool) -> Results:
        transfers = words.transfers(self.config, x, labels, train=train)
        results, shown = self._ask("run", transfers, len(x), self.gate, self.observe)
        self.observed = words.observed(self.config, shown)
        check_parity(self.config, self.read_register)
        return words.results(self.config, results)

    def _ask(self, *command: Any) -> Any:
        return self._simulation.ask(*command)


def _recorder(folder: Path, top: str) -> Path:
    """The file of the recorder of the module `top`, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / RECORDER.name
    path.write_text(RECORDER.read_text(encoding="utf-8").replace("ENGINE", top), encoding="utf-8")
    return path
