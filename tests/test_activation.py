"""Activation: the emitted drain equals the golden model."""

from testbenches import bench_test

from pulsetrain.hdl.engine.activation import Activation

test_activation = bench_test(
    Activation, "lanes-1", "lanes-4", "lanes-9", "lanes-16", "lanes-19", "deep",
    "deep-lanes-1", "deep-lanes-16", "wide")
