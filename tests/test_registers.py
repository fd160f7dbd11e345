"""Register bank: the emitted bank equals the declaration of the registers."""

from benches import cases, run_bench

from rtl_gen.hdl.registers import RegisterBank


@cases("lanes-1", "deep")
def test_registers(simulator, name, tmp_path):
    assert run_bench(RegisterBank, simulator, name, tmp_path) > 0
