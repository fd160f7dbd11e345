"""Address: the emitted addresses equal the memory map."""

from testbenches import cases, run_bench

from pulsetrain.hdl.engine.address import RowAddress


@cases("lanes-1", "lanes-4", "lanes-16", "deep", "deep-lanes-1", "one-layer")
def test_address(simulator, name, tmp_path):
    assert run_bench(RowAddress, simulator, name, tmp_path) > 0
