"""Step: the emitted pulse of a pair equals the golden model."""

from testbenches import cases, run_bench

from pulsetrain.hdl.engine.step import PairStep


@cases("lanes-4", "bidirectional", "single", "levels-2", "curved", "asymmetric", "varied",
       "varied-single", "noisy", "noisy-bidirectional", verilator="varied")
def test_step(simulator, name, tmp_path):
    assert run_bench(PairStep, simulator, name, tmp_path) > 0
