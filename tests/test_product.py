"""Product: the emitted multipliers equal the golden model."""

from testbenches import bench_test

from pulsetrain.hdl.engine.product import Products

test_product = bench_test(
    Products, "lanes-1", "lanes-4", "lanes-16", "deep", "wide", "levels-256", "levels-2",
    "one-layer", "multipliers",
    "some-multipliers", "curved", "asymmetric", "measured", "varied", "noisy")
