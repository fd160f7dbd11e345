"""Backward: the emitted adder tree equals the golden model."""

from testbenches import bench_test

from pulsetrain.hdl.engine.backward import BackwardTree

test_backward = bench_test(
    BackwardTree, "lanes-1", "lanes-4", "lanes-16", "deep", "deep-lanes-1", "deep-lanes-16",
    "wide", "levels-256")
