// PLL of AMD's 7 series. This model passes its clock on unchanged, and is locked after some cycles.
module PLLE2_BASE #(
  parameter real CLKIN1_PERIOD = 0.0,
  parameter DIVCLK_DIVIDE = 1,
  parameter CLKFBOUT_MULT = 5,
  parameter CLKOUT0_DIVIDE = 1
) (
  input CLKIN1,
  input CLKFBIN,
  input RST,
  input PWRDWN,
  output CLKFBOUT,
  output CLKOUT0,
  output LOCKED
);
  reg [3:0] clocks = 0;

  assign CLKFBOUT = CLKIN1;
  assign CLKOUT0 = CLKIN1;
  assign LOCKED = &clocks;
  always @(posedge CLKIN1) if (!LOCKED) clocks <= clocks + 1'b1;
endmodule
