// Gowin's output pin, off while OEN is high.
module TBUF(input I, input OEN, output O);
  assign O = OEN ? 1'bz : I;
endmodule
