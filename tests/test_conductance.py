"""Conductance: the emitted look-up equals the golden model."""

from testbenches import bench_test

from pulsetrain.hdl.engine.conductance import PairConductance

test_conductance = bench_test(
    PairConductance, "curved", "asymmetric", "measured", "varied", "noisy")
