"""Frame CRC: the emitted one equals zlib's."""

from testbenches import cases, run_bench

from pulsetrain.sim.testbench.crc import frame_crc


@cases("deep")
def test_crc(simulator, name, tmp_path):
    assert run_bench(frame_crc, simulator, name, tmp_path) > 0
