"""Register bank: the emitted bank equals the declaration of the registers."""

from testbenches import bench_test

from pulsetrain.hdl.engine.registers import RegisterBank

test_registers = bench_test(RegisterBank, "lanes-1", "deep", "parity")
