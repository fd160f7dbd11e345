"""Measures how fast an engine is simulated, on samples from which both models also learn."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pulsetrain.bench import Continuation
from pulsetrain.golden import GoldenEngine
from pulsetrain.run import Backend, LockstepReport, compare
from pulsetrain.spec import Config

from .verify import simulated

SIMULATORS = ("amaranth", "icarus", "verilator", "native")
"""The native simulator is last."""


@dataclass(frozen=True, kw_only=True)
class SimulatorSpeed:
    """`samples` training samples of `cycles` cycles in `seconds`.

    `start_seconds`: for compiling the Verilog, starting the simulator, and loading states twice.
    """

    simulator: str
    start_seconds: float
    samples: int
    cycles: int
    seconds: float

    @property
    def cycles_per_second(self) -> float:
        """Simulated clock cycles per second, of training alone."""
        return self.cycles / self.seconds

    @property
    def samples_per_second(self) -> float:
        """Training samples per second."""
        return self.samples / self.seconds


def measure_simulator(config: Config, verilog: Path, simulator: str, continuation: Continuation, *,
                      seconds: float) -> SimulatorSpeed:
    """The speed of `simulator` over as many samples of `continuation` as take about `seconds`.

    Raises:
        sim.runner.SimulatorMissingError: the simulator is not installed.
        sim.runner.SimulationFailedError: the file does not compile, or the simulator ended early.
    """
    started = time.perf_counter()
    with simulated(config, simulator, verilog) as engine:
        continuation.begin(engine)
        return _timed(engine, simulator, continuation, time.perf_counter() - started, seconds)


def measure_native(config: Config, verilog: Path, continuation: Continuation, *, seconds: float,
                   progress: Callable[[int], None] = lambda samples: None,
                   ) -> tuple[SimulatorSpeed, LockstepReport]:
    """The speed of the native simulator, and a comparison of states, classes and cycles over all
    samples of `continuation` with the golden model.

    Args:
        progress: called with the number of samples compared so far.

    Raises:
        sim.runner.SimulatorMissingError: Verilator or a program it needs is not installed.
        sim.runner.SimulationFailedError: the file does not compile.
    """
    started = time.perf_counter()
    golden = GoldenEngine(config, count_cycles=True)
    with simulated(config, "native", verilog) as engine:
        continuation.begin(engine)
        speed = _timed(engine, "native", continuation, time.perf_counter() - started, seconds)
        continuation.begin(golden)
        return speed, compare(golden, engine, continuation.x, continuation.labels, every=100,
                              progress=progress)


def _timed(engine: Backend, simulator: str, continuation: Continuation, start_seconds: float,
           limit: float) -> SimulatorSpeed:
    """Train in parts, each as long as all earlier ones, until the next would take too long."""
    samples, cycles, seconds, part = 0, 0, 0.0, 1
    while samples < len(continuation.x) and 2 * seconds <= limit:
        chosen = slice(samples, samples + part)
        started = time.perf_counter()
        results = engine.train(continuation.x[chosen], continuation.labels[chosen])
        seconds += time.perf_counter() - started
        samples, cycles = samples + len(results.cycles), cycles + int(results.cycles.sum())
        part = samples
    return SimulatorSpeed(simulator=simulator, start_seconds=start_seconds, samples=samples,
                          cycles=cycles, seconds=seconds)
