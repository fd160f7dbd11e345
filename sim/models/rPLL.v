// Gowin's PLL. This model passes its clock on unchanged, and is locked after some cycles.
module rPLL #(
  parameter FCLKIN = "27",
  parameter IDIV_SEL = 0,
  parameter FBDIV_SEL = 0,
  parameter ODIV_SEL = 8
) (
  input CLKIN,
  input RESET,
  input RESET_P,
  input CLKFB,
  input [5:0] FBDSEL,
  input [5:0] IDSEL,
  input [5:0] ODSEL,
  input [3:0] PSDA,
  input [3:0] DUTYDA,
  input [3:0] FDLY,
  output CLKOUT,
  output LOCK
);
  reg [3:0] clocks = 0;

  assign CLKOUT = CLKIN;
  assign LOCK = &clocks;
  always @(posedge CLKIN) if (!LOCK) clocks <= clocks + 1'b1;
endmodule
