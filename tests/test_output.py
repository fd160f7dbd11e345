"""Output: the emitted errors and classes equal the golden model."""

from testbenches import cases, run_bench

from pulsetrain.hdl.engine.output import OutputError


@cases("lanes-1", "lanes-4", "deep", "deep-lanes-16", "wide", "levels-256", "one-layer")
def test_output(simulator, name, tmp_path):
    assert run_bench(OutputError, simulator, name, tmp_path) > 0
