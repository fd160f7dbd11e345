"""Cells of a routed ECP5 design: their models are those of the cells that nextpnr packed, and open
inputs have values."""

import subprocess

import pytest

from pulsetrain.fpga.families.ecp5 import _closed
from pulsetrain.fpga.family import NetlistModels
from pulsetrain.fpga.tools import ToolFailedError
from pulsetrain.sim.netlist import cell_models

LIBRARY = NetlistModels(library=("ecp5/common_sim.vh", "ecp5/ccu2c_sim.vh"))
ROUTED = NetlistModels(library=(), ours=("ecp5_routed.v",))
CELLS = ["TRELLIS_COMB", "TRELLIS_RAMW", "TRELLIS_FF"]

BENCH = """
module carry #(parameter [15:0] INIT0 = 0, INIT1 = 0, parameter INJECT0 = "NO", INJECT1 = "NO")
  (input [8:0] i, output wrong);
  wire [2:0] yosys, ours;
  wire between;
  CCU2C #(.INIT0(INIT0), .INIT1(INIT1), .INJECT1_0(INJECT0), .INJECT1_1(INJECT1)) cell_(
    .CIN(i[8]), .A0(i[0]), .B0(i[1]), .C0(i[2]), .D0(i[3]), .A1(i[4]), .B1(i[5]), .C1(i[6]),
    .D1(i[7]), .S0(yosys[0]), .S1(yosys[1]), .COUT(yosys[2]));
  TRELLIS_COMB #(.MODE("CCU2"), .INITVAL(INIT0), .CCU2_INJECT1(INJECT0)) half0(
    .A(i[0]), .B(i[1]), .C(i[2]), .D(i[3]), .FCI(i[8]), .F(ours[0]), .FCO(between));
  TRELLIS_COMB #(.MODE("CCU2"), .INITVAL(INIT1), .CCU2_INJECT1(INJECT1)) half1(
    .A(i[4]), .B(i[5]), .C(i[6]), .D(i[7]), .FCI(between), .F(ours[1]), .FCO(ours[2]));
  assign wrong = yosys !== ours;
endmodule

module memory(input clk, input [12:0] i, output wrong);
  // How nextpnr connects a TRELLIS_DPR16X4, and what it makes of its contents.
  localparam [63:0] FIRST = 64'h0123456789ABCDEF;
  wire [3:0] read = i[3:0], write = i[7:4], data = i[11:8];
  wire [3:0] yosys, ours, address, passed;
  TRELLIS_DPR16X4 #(.INITVAL(FIRST)) cell_(.DI(data), .WAD(write), .WRE(i[12]), .WCK(clk),
    .RAD(read), .DO(yosys));
  TRELLIS_RAMW ramw(.D0(write[0]), .B0(write[1]), .C0(write[2]), .A0(write[3]), .C1(data[0]),
    .A1(data[1]), .D1(data[2]), .B1(data[3]), .WADO0(address[0]), .WADO1(address[1]),
    .WADO2(address[2]), .WADO3(address[3]), .WDO0(passed[0]), .WDO1(passed[1]), .WDO2(passed[2]),
    .WDO3(passed[3]));
  function [15:0] permuted(input integer bit_);
    integer k;
    for (k = 0; k < 16; k = k + 1)
      permuted[k] = FIRST[4 * {28'd0, k[0], k[2], k[1], k[3]} + bit_];
  endfunction
  genvar n;
  for (n = 0; n < 4; n = n + 1) begin : bits
    TRELLIS_COMB #(.MODE("DPRAM"), .INITVAL(permuted(n))) comb(
      .D(read[0]), .B(read[1]), .C(read[2]), .A(read[3]), .WD(passed[n]), .WAD0(address[0]),
      .WAD1(address[1]), .WAD2(address[2]), .WAD3(address[3]), .WRE(i[12]), .WCK(clk),
      .F(ours[n]));
  end
  assign wrong = yosys !== ours;
endmodule

module flop #(parameter MODE = "LSR_OVER_CE", SET = "RESET", CE = "CE", LSR = "LSR", CLK = "CLK")
  (input clk, input [2:0] i, output wrong);
  wire yosys, beside, elsewhere;
  YOSYS_FF #(.GSR("DISABLED"), .CEMUX(CE), .CLKMUX(CLK), .LSRMUX(LSR), .SRMODE(MODE), .REGSET(SET))
    cell_(.CLK(clk), .LSR(i[0]), .CE(i[1]), .DI(i[2]), .Q(yosys));
  TRELLIS_FF #(.GSR("DISABLED"), .CEMUX(CE), .CLKMUX(CLK), .LSRMUX(LSR), .SRMODE(MODE),
    .REGSET(SET), .SD("1")) near(.CLK(clk), .LSR(i[0]), .CE(i[1]), .DI(i[2]), .M(!i[2]),
    .Q(beside));
  TRELLIS_FF #(.GSR("DISABLED"), .CEMUX(CE), .CLKMUX(CLK), .LSRMUX(LSR), .SRMODE(MODE),
    .REGSET(SET), .SD("0")) far(.CLK(clk), .LSR(i[0]), .CE(i[1]), .DI(!i[2]), .M(i[2]),
    .Q(elsewhere));
  assign wrong = {2{yosys}} !== {beside, elsewhere};
endmodule

module bench;
  reg clk = 0;
  reg [12:0] i = 0;
  wire [9:0] wrong;
  integer n, count = 0;
  carry #(.INIT0(16'h96AA), .INIT1(16'h96AA)) c0(i[8:0], wrong[0]);
  carry #(.INIT0(16'h1234), .INIT1(16'hCAFE), .INJECT0("YES")) c1(i[8:0], wrong[1]);
  carry #(.INIT0(16'h000A), .INIT1(16'hFFFF), .INJECT1("YES")) c2(i[8:0], wrong[2]);
  memory m(clk, i, wrong[3]);
  flop f0(clk, i[2:0], wrong[4]);
  flop #(.SET("SET"), .CE("1")) f1(clk, i[2:0], wrong[5]);
  flop #(.MODE("ASYNC"), .CE("INV")) f2(clk, i[2:0], wrong[6]);
  flop #(.MODE("ASYNC"), .SET("SET"), .LSR("INV")) f3(clk, i[2:0], wrong[7]);
  flop #(.CLK("INV")) f4(clk, i[2:0], wrong[8]);
  wire muxed, wide;
  TRELLIS_COMB #(.INITVAL(16'h8000)) m0(.A(i[0]), .B(i[1]), .C(i[2]), .D(i[3]), .F1(i[4]), .M(i[5]),
    .OFX(muxed));
  TRELLIS_COMB #(.IS_Z1(1)) m1(.FXA(i[0]), .FXB(i[1]), .F1(i[2]), .M(i[5]), .OFX(wide));
  assign wrong[9] = {muxed, wide} !== {i[5] ? i[4] : &i[3:0], i[5] ? i[1] : i[0]};
  initial begin
    for (n = 0; n < 4000; n = n + 1) begin
      i = $random;
      #1 if (wrong !== 0) begin $display("wrong %b", wrong); $finish; end
      clk = !clk;
      #1 if (wrong !== 0) begin $display("wrong %b", wrong); $finish; end
      count = count + 1;
    end
    $display("equal %0d", count);
  end
endmodule
"""


def test_models_are_those_of_the_cells_that_were_packed(tmp_path):
    flop = cell_models(LIBRARY, ["TRELLIS_FF"]).replace("TRELLIS_FF", "YOSYS_FF")
    source = tmp_path / "bench.v"
    source.write_text(cell_models(LIBRARY, ["CCU2C", "TRELLIS_DPR16X4"]) + flop
                      + cell_models(ROUTED, CELLS) + BENCH)
    subprocess.run(["iverilog", "-g2012", "-s", "bench", "-o", tmp_path / "bench", source],
                   check=True)
    shown = subprocess.run(["vvp", "-n", tmp_path / "bench"], capture_output=True, text=True,
                           check=True)
    assert shown.stdout.split("\n")[0] == "equal 4000"


def cell(kind, parameters, **connections):
    return {"type": kind, "parameters": parameters, "connections": connections}


@pytest.mark.parametrize(("kind", "parameters", "port", "value"), [
    ("TRELLIS_COMB", {}, "A", "0"),
    ("TRELLIS_COMB", {"MODE": "CCU2"}, "B", "1"),
    ("TRELLIS_COMB", {"MODE": "CCU2"}, "FCI", "0"),
    ("TRELLIS_FF", {"LSRMUX": "LSR"}, "LSR", "0"),
    ("TRELLIS_FF", {"LSRMUX": "INV"}, "LSR", "1"),
    ("TRELLIS_FF", {}, "CE", "1"),
    ("TRELLIS_FF", {}, "M", "0"),
    ("TRELLIS_IO", {}, "T", "0"),
    ("DCCA", {}, "CE", "1"),
    ("DP16KD", {"DATA_WIDTH_A": "100100", "RSTAMUX": "INV"}, "RSTA", "0"),
    ("DP16KD", {"DATA_WIDTH_A": "100100", "CEAMUX": "CEA"}, "CEA", "1"),
    ("DP16KD", {"DATA_WIDTH_A": "100100"}, "WEB", "0"),
    ("DP16KD", {"DATA_WIDTH_A": "10"}, "WEB", "1"),
    ("DP16KD", {"DATA_WIDTH_A": "10", "DIA9MUX": "1 "}, "DIA9", "1"),
    ("DP16KD", {"DATA_WIDTH_A": "10"}, "ADB3", "0"),
    ("MULT18X18D", {"B17MUX": "1 "}, "B17", "1"),
    ("MULT18X18D", {}, "C0", "0")])
def test_an_open_input_has_the_value_of_the_bitstream(kind, parameters, port, value):
    closed = _closed(cell(kind, parameters, Q=[3]))
    assert closed["connections"][port] == [value]
    assert closed["connections"]["Q"] == [3]
    assert f"{port}MUX" not in closed["parameters"] or kind == "TRELLIS_FF"


def test_a_multiplexer_of_multiplexers_is_told_by_its_inputs():
    assert "IS_Z1" not in _closed(cell("TRELLIS_COMB", {}, F1=[3]))["parameters"]
    assert _closed(cell("TRELLIS_COMB", {}, FXA=[3], FXB=[4]))["parameters"]["IS_Z1"] == "1"


def test_an_inverted_input_is_refused():
    inverted = cell("DP16KD", {"DATA_WIDTH_A": "10", "WEAMUX": "INV"}, WEA=[7])
    with pytest.raises(ToolFailedError, match="DP16KD: the input WEA is INV, which is not mod"):
        _closed(inverted)
