"""Host port: the emitted port carries out every request once and in order."""

from testbenches import cases, run_bench

from pulsetrain.hdl.engine.host import HostPort


@cases("lanes-1", "lanes-4", "lanes-16", "deep")
def test_host(simulator, name, tmp_path):
    assert run_bench(HostPort, simulator, name, tmp_path) > 0
