"""Device: the emitted circuit that draws devices equals the golden model."""

import pytest
from small import small_config
from testbenches import bench_test

from pulsetrain.emit import emit_verilog
from pulsetrain.hdl.engine.device import RowDevices
from pulsetrain.sim import runner

test_device = bench_test(
    RowDevices, "varied", "varied-single", "varied-lanes-6", "varied-lanes-3", "noisy",
    "noisy-bidirectional", "displaced", "displaced-linear", "error")


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.3), (0.3, 0.0), (0.0, 1.0), (1.0, 0.0)])
def test_shares_of_stuck_devices_at_their_ends_pass_the_lint(low, high, tmp_path):
    config = small_config(variation={"stuck_low": low, "stuck_high": high})
    path = tmp_path / "device.v"
    path.write_text(emit_verilog(RowDevices(config), "RowDevices"))
    runner.lint(path, "RowDevices")
