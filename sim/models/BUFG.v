// Buffer of AMD's 7 series in front of a clock network.
module BUFG(input I, output O);
  assign O = I;
endmodule
