"""UART: the emitted receiver and transmitter keep bytes and their time."""

from benches import cases, run_bench

from sim.bench.uart import uart


@cases("deep")
def test_uart(simulator, name, tmp_path):
    assert run_bench(uart, simulator, name, tmp_path) > 0
