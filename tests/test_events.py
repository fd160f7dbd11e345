"""Events: the emitted lists of hidden events hold the drained activations."""

from testbenches import bench_test

from pulsetrain.hdl.engine.events import HiddenEvents

test_events = bench_test(
    HiddenEvents, "lanes-1", "lanes-4", "lanes-16", "deep", "deep-lanes-1", "deep-lanes-16")
