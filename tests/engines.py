"""Lockstep of the golden engine and simulated ones, for tests."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from pulsetrain.emit import emit_all
from pulsetrain.files import temporary_folder
from pulsetrain.golden import GoldenEngine, State, initial_state
from pulsetrain.hdl.engine.engine import Engine
from pulsetrain.run import LockstepReport, compare
from pulsetrain.sim.engine import SimulatedEngine, Simulation
from pulsetrain.sim.verify import simulated
from pulsetrain.spec import Config


class Engines:
    """Engines of several configurations, each emitted once, in one simulation by Icarus; made by
    `engines`."""

    def __init__(self, configs: Iterable[Config], folder: Path) -> None:
        self._tops = {config: f"engine_{number}"
                      for number, config in enumerate(dict.fromkeys(configs))}
        verilog = folder / "engines.v"
        verilog.write_text(emit_all({top: Engine(config) for config, top in self._tops.items()}))
        self._simulation = Simulation(verilog, "icarus", tops=[*self._tops.values()])

    def engine(self, config: Config, *, hostile_seed: int | None = None) -> SimulatedEngine:
        """The engine of a configuration, reset, until the next one is asked for."""
        return SimulatedEngine(config, None, "icarus", hostile_seed=hostile_seed,
                               simulation=self._simulation, top=self._tops[config])

    def lockstep(self, config: Config, x: np.ndarray, labels: np.ndarray, *,
                 state: State | None = None, every: int = 4
                 ) -> tuple[LockstepReport, GoldenEngine]:
        """Train both engines from `state`; returns the report, and the golden engine afterwards."""
        return _lockstep(self.engine(config), config, x, labels, state, every)

    def close(self) -> None:
        """End the simulation."""
        self._simulation.close()


@contextmanager
def engines(*configs: Config) -> Iterator[Engines]:
    """Engines of `configs`, until the end of the context."""
    with temporary_folder() as folder:
        made = Engines(configs, folder)
        try:
            yield made
        finally:
            made.close()


def lockstep(config: Config, x: np.ndarray, labels: np.ndarray, *, simulator: str,
             every: int = 4) -> tuple[LockstepReport, GoldenEngine]:
    """The same for one engine, in any simulator."""
    with simulated(config, simulator) as candidate:
        return _lockstep(candidate, config, x, labels, None, every)


def _lockstep(candidate: SimulatedEngine, config: Config, x: np.ndarray, labels: np.ndarray,
              state: State | None, every: int) -> tuple[LockstepReport, GoldenEngine]:
    reference = GoldenEngine(config, count_cycles=True)
    reference.load(state or initial_state(config))
    return compare(reference, candidate, x, labels, every=every), reference


def assert_equal(report: LockstepReport, samples: int) -> None:
    assert report.first_divergence is None
    assert report.mismatches == 0
    assert report.samples == samples > 0
    assert report.states_compared > 0
    assert report.cycles_simulated == report.cycles_predicted > 0
