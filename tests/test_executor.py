"""Executor: the emitted one carries out every command once and in order."""

from benches import cases, run_bench

from rtl_gen.hdl.executor import Executor


@cases("lanes-1", "lanes-16", "deep", "measured", "one-layer", "raw")
def test_executor(simulator, name, tmp_path):
    assert run_bench(Executor, simulator, name, tmp_path) > 0
