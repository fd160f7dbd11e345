"""Product: the emitted multipliers equal the golden model."""

from testbenches import cases, run_bench

from pulsetrain.hdl.engine.product import Products


@cases("lanes-1", "lanes-4", "lanes-16", "deep", "wide", "levels-256", "levels-2", "one-layer",
       "curved", "asymmetric", "measured", "varied", "noisy")
def test_product(simulator, name, tmp_path):
    assert run_bench(Products, simulator, name, tmp_path) > 0
