"""Pulse: the emitted update with its refresh equals the golden model."""

from benches import cases, run_bench

from rtl_gen.hdl.pulse import PulseUpdate


@cases("lanes-1", "lanes-4", "lanes-16", "deep", "bidirectional", "single", "wide", "levels-256",
       "levels-2")
def test_pulse(simulator, name, tmp_path):
    assert run_bench(PulseUpdate, simulator, name, tmp_path) > 0
