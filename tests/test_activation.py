"""Activation: the emitted drain equals the golden model."""

from testbenches import cases, run_bench

from pulsetrain.hdl.engine.activation import Activation


@cases("lanes-1", "lanes-4", "lanes-16", "deep", "deep-lanes-1", "deep-lanes-16", "wide")
def test_activation(simulator, name, tmp_path):
    assert run_bench(Activation, simulator, name, tmp_path) > 0
