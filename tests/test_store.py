"""Store: the emitted circuit reads records from a chip of SDRAM, and refuses damaged ones."""

from testbenches import bench_test

from pulsetrain.sim.testbench.store import StoreWithChip

test_store = bench_test(StoreWithChip, "lanes-4", "deep")
