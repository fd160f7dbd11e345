"""Register bank: the emitted bank equals the declaration of the registers."""

from testbenches import cases, run_bench

from pulsetrain.hdl.engine.registers import RegisterBank


@cases("lanes-1", "deep")
def test_registers(simulator, name, tmp_path):
    assert run_bench(RegisterBank, simulator, name, tmp_path) > 0
