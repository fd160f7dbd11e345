"""Loader: the emitted banks hold the samples that were sent."""

from testbenches import bench_test

from pulsetrain.hdl.engine.loader import Loader

test_loader = bench_test(Loader, "lanes-1", "lanes-4", "deep", "wide", "one-layer")
