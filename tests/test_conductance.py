"""Conductance: the emitted look-up equals the golden model."""

from testbenches import cases, run_bench

from pulsetrain.hdl.engine.conductance import PairConductance


@cases("curved", "asymmetric", "measured", "varied", "noisy", verilator="varied")
def test_conductance(simulator, name, tmp_path):
    assert run_bench(PairConductance, simulator, name, tmp_path) > 0
