"""Delta: the emitted memory and its lists of groups equal the model."""

from testbenches import cases, run_bench

from pulsetrain.hdl.engine.delta import DeltaMemory


@cases("lanes-1", "lanes-4", "lanes-16", "deep", "deep-lanes-1", "deep-lanes-16", "wide",
       "one-layer")
def test_delta(simulator, name, tmp_path):
    assert run_bench(DeltaMemory, simulator, name, tmp_path) > 0
