"""Keyed order: the emitted circuit gives the samples of the model."""

from testbenches import bench_test

from pulsetrain.sim.testbench.order import order

test_order = bench_test(order, "deep")
