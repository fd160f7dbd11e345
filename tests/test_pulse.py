"""Pulse: the emitted update with its refresh equals the golden model."""

from testbenches import bench_test

from pulsetrain.hdl.engine.pulse import PulseUpdate

test_pulse = bench_test(
    PulseUpdate, "lanes-1", "lanes-4", "lanes-16", "deep", "bidirectional", "single", "wide",
    "levels-256", "levels-2", "displaced", "displaced-linear", "displaced-bidirectional", "error")
