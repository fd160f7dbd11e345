"""Pulse: the emitted update with its refresh equals the golden model."""

from testbenches import cases, run_bench

from pulsetrain.hdl.engine.pulse import PulseUpdate


@cases("lanes-1", "lanes-4", "lanes-16", "deep", "bidirectional", "single", "wide", "levels-256",
       "levels-2")
def test_pulse(simulator, name, tmp_path):
    assert run_bench(PulseUpdate, simulator, name, tmp_path) > 0
