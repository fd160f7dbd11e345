// ECP5's flip-flop without enable and reset, as in the cell of a pin.
module TRELLIS_FF #(
  parameter GSR = "DISABLED",
  parameter CEMUX = "1",
  parameter CLKMUX = "CLK",
  parameter LSRMUX = "LSR",
  parameter SRMODE = "ASYNC",
  parameter REGSET = "RESET"
) (input CLK, input DI, output reg Q);
  initial Q = REGSET == "SET";
  generate
    if (CLKMUX == "INV") always @(negedge CLK) Q <= DI;
    else always @(posedge CLK) Q <= DI;
  endgenerate
endmodule
