"""Executor: the emitted one carries out every command once and in order."""

from testbenches import cases, run_bench

from pulsetrain.hdl.link.executor import Executor


@cases("lanes-1", "lanes-16", "deep", "measured", "one-layer", "raw")
def test_executor(simulator, name, tmp_path):
    assert run_bench(Executor, simulator, name, tmp_path) > 0
