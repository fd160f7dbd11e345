// Gowin's look-up table with a carry, as the bitstream holds it. C is 1: the contents for C = 0 say
// which carry is generated.
module CARRY #(parameter [15:0] INIT = 0) (input A, B, C, D, CIN, output F, COUT);
  wire propagates = INIT[{D, C, B, A}];

  assign F = propagates ^ CIN;
  assign COUT = propagates ? CIN : INIT[{2'b00, B, A}];
endmodule

// The multiplexer of two look-up tables, or of two multiplexers.
module MUX2 (input I0, I1, S0, output O);
  assign O = S0 ? I1 : I0;
endmodule

// A pin in both directions, an input while OEN is high. Yosys's model drives its input.
module IOBUF (input I, input OEN, output O, inout IO);
  assign IO = OEN ? 1'bz : I;
  assign O = IO;
endmodule

// The PLL, with the ports and parameters that are read back. This model passes its clock on
// unchanged, and is locked after some cycles.
module rPLL #(
  parameter IDIV_SEL = 0,
  parameter FBDIV_SEL = 0,
  parameter ODIV_SEL = 8,
  parameter DYN_SDIV_SEL = 2,
  parameter DUTYDA_SEL = "1000",
  parameter DEVICE = "GW1N-9C"
) (
  input CLKIN, CLKFB, RESET, RESET_P,
  output CLKOUT, CLKOUTP, CLKOUTD, CLKOUTD3, LOCK
);
  reg [3:0] clocks = 0;

  assign {CLKOUT, CLKOUTP, CLKOUTD, CLKOUTD3} = {4{CLKIN}};
  assign LOCK = &clocks;
  always @(posedge CLKIN) if (!LOCK) clocks <= clocks + 1'b1;
endmodule
