"""Verification: the emitted engine, simulated, against the golden model, bit by bit."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rtl_gen.data import DataSet
from rtl_gen.emit import VERILOG, generate
from rtl_gen.golden import GoldenEngine
from rtl_gen.run import Checkpoint, LockstepReport, compare, schedule
from rtl_gen.spec import Config

from .engine import SimulatedEngine


def verify(config: Config, data: DataSet, *, samples: int, every: int, simulator: str,
           verilog: Path | None = None, checkpoint: Checkpoint | None = None,
           progress: Callable[[int], None] = lambda samples: None) -> LockstepReport:
    """Train the simulated engine and the golden model on the same samples, and compare.

    Args:
        config: of the engine.
        data: its training samples are visited in the order of a training run.
        samples: number of training samples; past the last of `data`, further epochs begin.
        every: samples between two comparisons of the whole state.
        simulator: "icarus", "verilator", or "amaranth" (which simulates the design itself and
            not its Verilog).
        verilog: the emitted file; by default it is generated for this one comparison.
        checkpoint: where to begin; by default at the initial state.
        progress: called with the number of samples compared so far.

    Raises:
        sim.runner.SimulatorMissing: the simulator is not installed.
        sim.runner.SimulationFailed: the file does not compile, or the simulator broke off.
    """
    reference = GoldenEngine(config, count_cycles=True)
    epoch = position = validation = 0
    if checkpoint:
        reference.load(checkpoint.state)
        epoch, position = checkpoint.epoch, checkpoint.position
        validation = checkpoint.validation
    learning, _ = data.split(validation)
    order, gates = schedule(config, len(learning.x_train), samples, epoch=epoch,
                            position=position)
    with simulated(config, simulator, verilog) as candidate:
        return compare(reference, candidate, learning.x_train[order], learning.y_train[order],
                       every=every, gates=gates, progress=progress)


@contextmanager
def simulated(config: Config, simulator: str, verilog: Path | None = None, *,
              hostile_seed: int | None = None) -> Iterator[SimulatedEngine]:
    """A simulated engine of `config`; its Verilog is generated where none is given.

    With a `hostile_seed` its streams idle and stall at random.

    Raises:
        sim.runner.SimulatorMissing: the simulator is not installed.
        sim.runner.SimulationFailed: the file does not compile.
    """
    with tempfile.TemporaryDirectory(prefix="pulsetrain-") as folder:
        if verilog is None and simulator != "amaranth":
            generate(config, Path(folder))
            verilog = Path(folder) / VERILOG
        with SimulatedEngine(config, verilog, simulator,
                             hostile_seed=hostile_seed) as engine:
            yield engine
