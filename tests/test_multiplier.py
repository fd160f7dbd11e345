"""Multiplier: the emitted one, and what synthesis makes of it."""

from testbenches import bench_test, configuration

from pulsetrain.emit import emit_verilog
from pulsetrain.fpga.families import FAMILIES
from pulsetrain.fpga.synthesis import synthesise, with_registered_multipliers
from pulsetrain.sim.testbench.multiplier import multiplier

test_multiplier = bench_test(multiplier, "lanes-4", "one-layer")


def test_registers_are_in_the_cell_where_it_has_some(tmp_path):
    verilog = tmp_path / "top.v"
    verilog.write_text(emit_verilog(multiplier(configuration("lanes-4")), "multiplier_s5_s4_s9"))
    made = synthesise(verilog, "multiplier_s5_s4_s9", FAMILIES["ecp5"], tmp_path / "netlist")
    assert made.cells == {"MULT18X18D": 1}


def test_factors_that_are_too_wide_stay_as_they_are():
    module = "module a_multiplier_s19_u4_s23_0123abcd(clk, rst, result, operand);\nendmodule"
    assert with_registered_multipliers(module, FAMILIES["ecp5"]) == module
    narrow = module.replace("s19", "s18")
    assert "MULT18X18D" in with_registered_multipliers(narrow, FAMILIES["ecp5"])
    assert with_registered_multipliers(narrow, FAMILIES["ice40"]) == narrow
