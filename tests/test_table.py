"""Table: the emitted table holds its words."""

from benches import cases, run_bench

from sim.bench.table import read_table


@cases("curved", "measured", verilator="varied")
def test_table(simulator, name, tmp_path):
    assert run_bench(read_table, simulator, name, tmp_path) > 0
