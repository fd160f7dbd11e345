// ECP5's output pin, off while T is high.
module OBZ(input I, input T, output O);
  assign O = T ? 1'bz : I;
endmodule
