"""Unframer: the emitted unframer finds all whole frames and no others."""

from testbenches import bench_test

from pulsetrain.sim.testbench.unframer import unframer

test_unframer = bench_test(unframer, "deep")
