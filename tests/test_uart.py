"""UART: the emitted receiver and transmitter keep the bytes and their timing."""

from testbenches import bench_test

from pulsetrain.sim.testbench.uart import uart

test_uart = bench_test(uart, "deep")
