"""Unframer: the emitted one finds the whole frames and no others."""

from testbenches import cases, run_bench

from pulsetrain.sim.testbench.unframer import unframer


@cases("deep")
def test_unframer(simulator, name, tmp_path):
    assert run_bench(unframer, simulator, name, tmp_path) > 0
