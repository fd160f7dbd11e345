"""SPRAM: the emitted single-port memory keeps what was written."""

from benches import cases, run_bench

from rtl_gen.hdl.spram import SpramMemory


@cases("spram", "spram-bidirectional", "spram-banks", verilator="spram-banks")
def test_spram(simulator, name, tmp_path):
    assert run_bench(SpramMemory, simulator, name, tmp_path) > 0
