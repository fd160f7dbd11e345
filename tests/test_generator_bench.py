"""Generator: the emitted words and gates equal the golden model."""

from testbenches import cases, run_bench

from pulsetrain.hdl.engine.generator import Generator


@cases("lanes-1", "lanes-4", "deep", "one-layer")
def test_generator(simulator, name, tmp_path):
    assert run_bench(Generator, simulator, name, tmp_path) > 0
