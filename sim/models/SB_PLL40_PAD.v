// iCE40's PLL behind a pin. This model passes its clock on unchanged; it locks after some cycles.
module SB_PLL40_PAD #(
  parameter FEEDBACK_PATH = "SIMPLE",
  parameter DELAY_ADJUSTMENT_MODE_FEEDBACK = "FIXED",
  parameter DELAY_ADJUSTMENT_MODE_RELATIVE = "FIXED",
  parameter PLLOUT_SELECT = "GENCLK",
  parameter [1:0] SHIFTREG_DIV_MODE = 0,
  parameter [3:0] FDA_FEEDBACK = 0,
  parameter [3:0] FDA_RELATIVE = 0,
  parameter [3:0] DIVR = 0,
  parameter [6:0] DIVF = 0,
  parameter [2:0] DIVQ = 0,
  parameter [2:0] FILTER_RANGE = 0,
  parameter ENABLE_ICEGATE = 0,
  parameter TEST_MODE = 0
) (
  input PACKAGEPIN,
  input RESETB,
  input BYPASS,
  input EXTFEEDBACK,
  input [7:0] DYNAMICDELAY,
  input LATCHINPUTVALUE,
  input SDI,
  input SCLK,
  output SDO,
  output PLLOUTCORE,
  output PLLOUTGLOBAL,
  output LOCK
);
  reg [3:0] clocks = 0;

  assign PLLOUTCORE = PACKAGEPIN;
  assign PLLOUTGLOBAL = PACKAGEPIN;
  assign SDO = 0;
  assign LOCK = &clocks;
  always @(posedge PACKAGEPIN) if (!LOCK) clocks <= clocks + 1'b1;
endmodule
