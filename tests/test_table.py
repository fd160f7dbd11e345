"""Table: the emitted table holds its words."""

from testbenches import cases, run_bench

from pulsetrain.sim.testbench.table import read_table


@cases("curved", "measured", verilator="varied")
def test_table(simulator, name, tmp_path):
    assert run_bench(read_table, simulator, name, tmp_path) > 0
