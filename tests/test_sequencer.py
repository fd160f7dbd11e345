"""Sequencer: the emitted control issues every row once and takes the predicted cycles."""

from testbenches import cases, run_bench

from pulsetrain.hdl.engine.sequencer import Sequencer


@cases("lanes-1", "lanes-4", "lanes-16", "deep", "deep-lanes-1", "deep-lanes-16", "one-layer",
       "curved", "varied", "spram", "spram-bidirectional", "spram-curved")
def test_sequencer(simulator, name, tmp_path):
    assert run_bench(Sequencer, simulator, name, tmp_path) > 0
