"""Synapse: the emitted memory keeps what was written."""

from testbenches import bench_test

from pulsetrain.hdl.engine.synapse import SynapseMemory

test_synapse = bench_test(
    SynapseMemory, "lanes-1", "lanes-4", "lanes-16", "lanes-35", "deep", "levels-2", "banks",
    "deep-banks")
