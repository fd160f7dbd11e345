"""Loader: the emitted banks hold the samples that were sent."""

from testbenches import cases, run_bench

from pulsetrain.hdl.engine.loader import Loader


@cases("lanes-1", "lanes-4", "deep", "wide", "one-layer")
def test_loader(simulator, name, tmp_path):
    assert run_bench(Loader, simulator, name, tmp_path) > 0
