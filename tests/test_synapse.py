"""Synapse: the emitted memory keeps what was written."""

from testbenches import cases, run_bench

from pulsetrain.hdl.engine.synapse import SynapseMemory


@cases("lanes-1", "lanes-4", "lanes-16", "deep", "levels-2", "banks", "deep-banks",
       verilator="banks")
def test_synapse(simulator, name, tmp_path):
    assert run_bench(SynapseMemory, simulator, name, tmp_path) > 0
