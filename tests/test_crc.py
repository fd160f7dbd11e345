"""Frame CRC: the emitted CRC equals zlib's."""

from testbenches import bench_test

from pulsetrain.sim.testbench.crc import frame_crc

test_crc = bench_test(frame_crc, "deep")
