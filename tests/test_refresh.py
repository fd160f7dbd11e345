"""Refresh: the emitted refresh of a pair equals the golden model."""

from testbenches import cases, run_bench

from pulsetrain.hdl.engine.refresh import Refresh


@cases("lanes-4", "levels-256", "wide", "levels-2", "curved", "measured", "varied", "noisy")
def test_refresh(simulator, name, tmp_path):
    assert run_bench(Refresh, simulator, name, tmp_path) > 0
