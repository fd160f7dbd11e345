"""Generator: the emitted words and gates equal the golden model."""

from benches import cases, run_bench

from rtl_gen.hdl.generator import Generator


@cases("lanes-1", "lanes-4", "deep", "one-layer")
def test_generator(simulator, name, tmp_path):
    assert run_bench(Generator, simulator, name, tmp_path) > 0
