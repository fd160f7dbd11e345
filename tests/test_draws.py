"""Draws: what is said of mutants of the draws of devices is what Icarus shows of their Verilog."""

import subprocess

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from draws import keeping_devices
from equality import SELECTOR, selectable
from mutants import candidates
from netlists import yosys
from small import small_config

from pulsetrain.emit import TOP, emit_verilog
from pulsetrain.hdl.engine.device import RowDevices

SECTIONS = {"network": {"inputs": 2, "hidden": [2], "outputs": 2},
            "variation": {"step": 0.3, "classes": 2, "stuck_low": 0.3},
            "engine": {"lanes": 1}}
CONFIG = small_config(**SECTIONS)
"""Two layers of 3 rows by 2 columns: each position is one group of one row."""

BENCH = f"""
module bench;
  reg clk = 0, rst = 0, layer;
  reg [1:0] group, index;
  reg [15:0] mutant;
  wire [5:0] devices;
  integer number, position;
  {TOP} top(.clk(clk), .rst(rst), .layer(layer), .group(group), .index(index), .word(32'd0),
    .polarity(1'b0), .devices(devices), .{SELECTOR}(mutant));
  initial for (number = 0; number <= COUNT; number = number + 1) begin
    mutant = number;
    for (position = 0; position < 12; position = position + 1) begin
      group = position / 3; index = position % 3; layer = position / 6;
      repeat (8) begin #1 clk = 1; #1 clk = 0; end
      $write("%b ", devices);
    end
    $write("\\n");
  end
endmodule
"""


class Top(RowDevices):
    """A design that has the circuit as an engine has it, under the name `device`."""

    def elaborate(self, platform):
        m = Module()
        m.submodules.device = device = RowDevices(CONFIG)
        wiring.connect(m, wiring.flipped(self), device)
        return m


@pytest.fixture(scope="module")
def mutants(tmp_path_factory):
    """The folder with the design, and mutants of it."""
    folder = tmp_path_factory.mktemp("draws")
    verilog = folder / "device.v"
    verilog.write_text(emit_verilog(Top(CONFIG), TOP))
    return folder, [command for _, command in candidates(verilog, folder, 40)]


def shown(folder, commands):
    """All devices that the design has by each of the mutants; first those of the design itself."""
    yosys(f"read_rtlil engine.il\n{selectable(commands)}opt_clean\nwrite_verilog all.v\n", folder)
    (folder / "bench.v").write_text(BENCH.replace("COUNT", str(len(commands))))
    subprocess.run(["iverilog", "-g2005-sv", "-o", "bench", "bench.v", "all.v"], cwd=folder,
                   check=True)
    return subprocess.run(["vvp", "-n", "bench"], cwd=folder, check=True, capture_output=True,
                          text=True).stdout.splitlines()


def of_draws(commands):
    """The mutants that are within the draw of a device."""
    return [command for command in commands if "draw_0_" in command.split(" -port ")[0]]


@pytest.fixture(scope="module")
def keeping(mutants):
    """The mutants with which Icarus shows the same devices as without them."""
    folder, commands = mutants
    right, *found = shown(folder, commands)
    assert "x" not in right
    assert len(set(right.split())) > 3
    return [command for command, devices in zip(commands, found, strict=True)
            if devices == right]


def test_mutants_that_keep_the_devices_are_those_that_icarus_shows(mutants, keeping):
    folder, commands = mutants
    found, draws = keeping_devices(CONFIG, folder, commands), of_draws(commands)
    assert of_draws(found) == of_draws(keeping)
    assert 5 < len(of_draws(found)) < len(draws) - 5
    # Of two comparisons that differ, another one can decide.
    assert set(of_draws(found)) < set(found) < set(keeping)


def test_an_engine_that_draws_others_than_the_model_is_refused(mutants, keeping, tmp_path):
    draws = of_draws(mutants[1])
    changing = next(command for command in draws if command not in keeping)
    (tmp_path / "engine.il").write_text((mutants[0] / "engine.il").read_text())
    yosys(f"read_rtlil engine.il\n{changing}\nwrite_rtlil engine.il\n", tmp_path)
    with pytest.raises(RuntimeError, match=r"draw_0_\d gives other devices than the model"):
        keeping_devices(CONFIG, tmp_path, draws)
