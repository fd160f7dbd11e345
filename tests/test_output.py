"""Output: the emitted errors and classes equal the golden model."""

from testbenches import bench_test

from pulsetrain.hdl.engine.output import OutputError

test_output = bench_test(
    OutputError, "lanes-1", "lanes-4", "lanes-9", "deep", "deep-lanes-16", "wide", "levels-256",
    "one-layer")
