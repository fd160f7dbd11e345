"""Generator: the emitted words and gates equal the golden model."""

from testbenches import bench_test

from pulsetrain.hdl.engine.generator import Generator

test_generator = bench_test(Generator, "lanes-1", "lanes-4", "deep", "one-layer")
