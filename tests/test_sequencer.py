"""Sequencer: the emitted control issues every row once and takes the predicted cycles."""

from testbenches import bench_test

from pulsetrain.hdl.engine.sequencer import Sequencer

test_sequencer = bench_test(
    Sequencer, "lanes-1", "lanes-4", "lanes-16", "deep", "deep-lanes-1", "deep-lanes-16",
    "one-layer", "curved", "varied", "spram", "spram-bidirectional", "spram-curved")
