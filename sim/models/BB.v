// ECP5's pin in both directions, an input while T is high.
module BB(input I, input T, output O, inout B);
  assign B = T ? 1'bz : I;
  assign O = B;
endmodule
