// ECP5's PLL. This model passes its clock on unchanged to both outputs, and is locked after some
// cycles.
module EHXPLLL #(
  parameter FEEDBK_PATH = "CLKOP",
  parameter CLKOP_ENABLE = "ENABLED",
  parameter CLKI_DIV = 1,
  parameter CLKFB_DIV = 1,
  parameter CLKOP_DIV = 1,
  parameter CLKOP_CPHASE = 0,
  parameter CLKOP_FPHASE = 0,
  parameter CLKOS_ENABLE = "DISABLED",
  parameter CLKOS_DIV = 1,
  parameter CLKOS_CPHASE = 0,
  parameter CLKOS_FPHASE = 0
) (
  input CLKI,
  input CLKFB,
  input RST,
  input STDBY,
  input PHASESEL0,
  input PHASESEL1,
  input PHASEDIR,
  input PHASESTEP,
  input PHASELOADREG,
  input PLLWAKESYNC,
  input ENCLKOP,
  output CLKOP,
  output CLKOS,
  output LOCK
);
  reg [3:0] clocks = 0;

  assign CLKOP = CLKI;
  assign CLKOS = CLKI;
  assign LOCK = &clocks;
  always @(posedge CLKI) if (!LOCK) clocks <= clocks + 1'b1;
endmodule
