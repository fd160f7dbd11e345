// Input pin of Gowin and of AMD's 7 series.
module IBUF(input I, output O);
  assign O = I;
endmodule
