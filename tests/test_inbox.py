"""Inbox: the emitted one keeps whole frames in order."""

from benches import cases, run_bench

from sim.bench.inbox import inbox


@cases("deep")
def test_inbox(simulator, name, tmp_path):
    assert run_bench(inbox, simulator, name, tmp_path) > 0
