"""Host port: the emitted port carries out every request once and in order."""

from testbenches import bench_test

from pulsetrain.hdl.engine.host import HostPort

test_host = bench_test(HostPort, "lanes-1", "lanes-4", "lanes-16", "lanes-19", "lanes-35", "deep")
