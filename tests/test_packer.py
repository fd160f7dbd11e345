"""Packer: the emitted packer turns raw samples into their events."""

from benches import cases, run_bench

from rtl_gen.hdl.packer import Packer


@cases("lanes-1", "lanes-4", "deep", "one-layer")
def test_packer(simulator, name, tmp_path):
    assert run_bench(Packer, simulator, name, tmp_path) > 0
