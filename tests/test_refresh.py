"""Refresh: the emitted refresh of a pair equals the golden model."""

from testbenches import bench_test

from pulsetrain.hdl.engine.refresh import Refresh

test_refresh = bench_test(
    Refresh, "lanes-4", "levels-256", "wide", "levels-2", "curved", "measured", "varied", "noisy",
    "displaced", "displaced-linear", "error")
