"""Step: the emitted pulse of a pair equals the golden model."""

from testbenches import bench_test

from pulsetrain.hdl.engine.step import PairStep

test_step = bench_test(
    PairStep, "lanes-4", "bidirectional", "single", "levels-2", "curved", "asymmetric", "varied",
    "varied-single", "noisy", "noisy-bidirectional", "displaced", "displaced-linear",
    "displaced-single", "displaced-bidirectional")
