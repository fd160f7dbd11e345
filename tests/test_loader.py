"""Loader: the emitted banks hold the samples that were sent."""

from benches import cases, run_bench

from rtl_gen.hdl.loader import Loader


@cases("lanes-1", "lanes-4", "deep", "wide", "one-layer")
def test_loader(simulator, name, tmp_path):
    assert run_bench(Loader, simulator, name, tmp_path) > 0
