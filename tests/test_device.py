"""Device: the emitted draws of devices equal the golden model."""

from benches import cases, run_bench

from rtl_gen.hdl.device import RowDevices


@cases("varied", "varied-single", "noisy", "noisy-bidirectional", verilator="varied")
def test_device(simulator, name, tmp_path):
    assert run_bench(RowDevices, simulator, name, tmp_path) > 0
