"""Packer: the emitted packer turns raw samples into their events."""

from testbenches import cases, run_bench

from pulsetrain.hdl.engine.packer import Packer


@cases("lanes-1", "lanes-4", "deep", "one-layer")
def test_packer(simulator, name, tmp_path):
    assert run_bench(Packer, simulator, name, tmp_path) > 0
