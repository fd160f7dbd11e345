"""Inbox: the emitted one keeps whole frames in order."""

from testbenches import cases, run_bench

from pulsetrain.sim.testbench.inbox import inbox


@cases("deep")
def test_inbox(simulator, name, tmp_path):
    assert run_bench(inbox, simulator, name, tmp_path) > 0
