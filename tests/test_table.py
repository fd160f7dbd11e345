"""Table: the emitted table holds its words."""

from testbenches import bench_test

from pulsetrain.sim.testbench.table import read_table

test_table = bench_test(read_table, "curved", "measured")
