// ECP5's flip-flop with an asynchronous preset.
module FD1S3BX (input D, input CK, input PD, output reg Q);
  initial Q = 1'b1;
  always @(posedge CK, posedge PD) if (PD) Q <= 1'b1; else Q <= D;
endmodule
