"""Executor: the emitted executor carries out every command once and in order."""

from testbenches import bench_test

from pulsetrain.hdl.link.executor import Executor

test_executor = bench_test(
    Executor, "lanes-1", "lanes-16", "lanes-19", "lanes-35", "deep", "measured", "one-layer", "raw")
