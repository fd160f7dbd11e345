// iCE40's PLL behind a pin. This model passes its clock on unchanged; it locks after some cycles.
module SB_PLL40_PAD #(
  parameter FEEDBACK_PATH = "SIMPLE",
  parameter [3:0] DIVR = 0,
  parameter [6:0] DIVF = 0,
  parameter [2:0] DIVQ = 0,
  parameter [2:0] FILTER_RANGE = 0
) (
  input PACKAGEPIN,
  input RESETB,
  input BYPASS,
  output PLLOUTGLOBAL,
  output LOCK
);
  reg [3:0] clocks = 0;

  assign PLLOUTGLOBAL = PACKAGEPIN;
  assign LOCK = &clocks;
  always @(posedge PACKAGEPIN) if (!LOCK) clocks <= clocks + 1'b1;
endmodule
