"""Backward: the emitted adder tree equals the golden model."""

from testbenches import cases, run_bench

from pulsetrain.hdl.engine.backward import BackwardTree


@cases("lanes-1", "lanes-4", "lanes-16", "deep", "deep-lanes-1", "deep-lanes-16", "wide",
       "levels-256")
def test_backward(simulator, name, tmp_path):
    assert run_bench(BackwardTree, simulator, name, tmp_path) > 0
