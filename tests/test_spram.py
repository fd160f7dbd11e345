"""SPRAM: the emitted single-port memory keeps what was written."""

from testbenches import cases, run_bench

from pulsetrain.hdl.engine.spram import SpramMemory


@cases("spram", "spram-bidirectional", "spram-banks", verilator="spram-banks")
def test_spram(simulator, name, tmp_path):
    assert run_bench(SpramMemory, simulator, name, tmp_path) > 0
