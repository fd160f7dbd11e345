"""UART: the emitted receiver and transmitter keep bytes and their time."""

from testbenches import cases, run_bench

from pulsetrain.sim.testbench.uart import uart


@cases("deep")
def test_uart(simulator, name, tmp_path):
    assert run_bench(uart, simulator, name, tmp_path) > 0
