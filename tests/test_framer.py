"""Framer: the emitted framer's stream survives lost frames."""

from testbenches import bench_test

from pulsetrain.sim.testbench.framer import framer

test_framer = bench_test(framer, "deep")
