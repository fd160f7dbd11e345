"""Packer: the emitted packer turns raw samples into their events."""

from testbenches import bench_test

from pulsetrain.hdl.engine.packer import Packer

test_packer = bench_test(Packer, "lanes-1", "lanes-4", "deep", "one-layer")
