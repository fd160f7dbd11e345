// Output pin of AMD's 7 series, off while T is high.
module OBUFT(input I, input T, output O);
  assign O = T ? 1'bz : I;
endmodule
