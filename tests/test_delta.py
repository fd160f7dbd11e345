"""Delta: the emitted memory and its lists of groups equal the model."""

from testbenches import bench_test

from pulsetrain.hdl.engine.delta import DeltaMemory

test_delta = bench_test(
    DeltaMemory, "lanes-1", "lanes-4", "lanes-9", "lanes-16", "deep", "deep-lanes-1",
    "deep-lanes-16", "wide", "one-layer")
