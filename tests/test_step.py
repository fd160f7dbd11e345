"""Step: the emitted pulse of a pair equals the golden model."""

from benches import cases, run_bench

from rtl_gen.hdl.step import PairStep


@cases("lanes-4", "bidirectional", "single", "levels-2", "curved", "asymmetric", "varied",
       "varied-single", "noisy", "noisy-bidirectional", verilator="varied")
def test_step(simulator, name, tmp_path):
    assert run_bench(PairStep, simulator, name, tmp_path) > 0
