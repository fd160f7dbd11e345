"""Address: the emitted addresses equal the memory map."""

from testbenches import bench_test

from pulsetrain.hdl.engine.address import RowAddress

test_address = bench_test(
    RowAddress, "lanes-1", "lanes-4", "lanes-16", "deep", "deep-lanes-1", "one-layer")
