// ECP5's output register for both edges: D0 while SCLK is high, D1 while it is low.
module ODDRX1F #(parameter GSR = "ENABLED") (input D0, input D1, input SCLK, input RST, output Q);
  reg [1:0] d = 0;

  always @(posedge SCLK) d <= RST ? 2'b0 : {D1, D0};
  assign Q = SCLK ? d[0] : d[1];
endmodule
