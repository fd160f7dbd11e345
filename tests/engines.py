"""Lockstep of the golden engine and a simulated one, for tests."""

import numpy as np

from pulsetrain.golden import GoldenEngine, State, initial_state
from pulsetrain.run import LockstepReport, compare
from pulsetrain.sim.verify import simulated
from pulsetrain.spec import Config


def lockstep(config: Config, x: np.ndarray, labels: np.ndarray, *, state: State | None = None,
             simulator: str = "icarus", every: int = 4) -> tuple[LockstepReport, GoldenEngine]:
    """Train both engines from `state`; returns the report, and the golden engine afterwards."""
    reference = GoldenEngine(config, count_cycles=True)
    reference.load(state or initial_state(config))
    with simulated(config, simulator) as candidate:
        report = compare(reference, candidate, x, labels, every=every)
    return report, reference


def assert_equal(report: LockstepReport, samples: int) -> None:
    assert report.first_divergence is None
    assert report.mismatches == 0
    assert report.samples == samples > 0
    assert report.states_compared > 0
    assert report.cycles_simulated == report.cycles_predicted > 0
