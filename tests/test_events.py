"""Events: the emitted lists of hidden events hold what was drained."""

from testbenches import cases, run_bench

from pulsetrain.hdl.engine.events import HiddenEvents


@cases("lanes-1", "lanes-4", "lanes-16", "deep", "deep-lanes-1", "deep-lanes-16")
def test_events(simulator, name, tmp_path):
    assert run_bench(HiddenEvents, simulator, name, tmp_path) > 0
