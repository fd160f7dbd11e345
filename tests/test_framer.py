"""Framer: the emitted one's stream survives lost frames."""

from testbenches import cases, run_bench

from pulsetrain.sim.testbench.framer import framer


@cases("deep")
def test_framer(simulator, name, tmp_path):
    assert run_bench(framer, simulator, name, tmp_path) > 0
