"""Inbox: the emitted inbox keeps whole frames in order."""

from testbenches import bench_test

from pulsetrain.sim.testbench.inbox import inbox

test_inbox = bench_test(inbox, "deep")
