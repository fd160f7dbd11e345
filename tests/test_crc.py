"""Frame CRC: the emitted one equals zlib's."""

from benches import cases, run_bench

from sim.bench.crc import frame_crc


@cases("deep")
def test_crc(simulator, name, tmp_path):
    assert run_bench(frame_crc, simulator, name, tmp_path) > 0
