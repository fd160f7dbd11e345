"""Forward: the emitted accumulators equal the golden model."""

from testbenches import cases, run_bench

from pulsetrain.hdl.engine.forward import ForwardLanes


@cases("lanes-1", "lanes-4", "lanes-16", "deep", "wide", "levels-256", "one-layer")
def test_forward(simulator, name, tmp_path):
    assert run_bench(ForwardLanes, simulator, name, tmp_path) > 0
