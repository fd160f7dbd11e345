"""SPRAM: the emitted single-port memory keeps what was written."""

from testbenches import bench_test

from pulsetrain.hdl.engine.spram import SpramMemory

test_spram = bench_test(
    SpramMemory, "spram", "spram-bidirectional", "spram-banks", "spram-lanes-33")
