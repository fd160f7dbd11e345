"""Unframer: the emitted one finds the whole frames and no others."""

from benches import cases, run_bench

from sim.bench.unframer import unframer


@cases("deep")
def test_unframer(simulator, name, tmp_path):
    assert run_bench(unframer, simulator, name, tmp_path) > 0
