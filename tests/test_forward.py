"""Forward: the emitted accumulators equal the golden model."""

from testbenches import bench_test

from pulsetrain.hdl.engine.forward import ForwardLanes

test_forward = bench_test(
    ForwardLanes, "lanes-1", "lanes-4", "lanes-16", "deep", "wide", "levels-256", "one-layer")
