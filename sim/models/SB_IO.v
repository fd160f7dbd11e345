// iCE40's pin, as an input (PIN_TYPE 000001) or an output that OUTPUT_ENABLE turns on (101001).
module SB_IO #(
  parameter [5:0] PIN_TYPE = 6'b000000,
  parameter PULLUP = 0,
  parameter IO_STANDARD = ""
) (
  inout PACKAGE_PIN,
  input OUTPUT_ENABLE,
  input D_OUT_0,
  output D_IN_0
);
  assign D_IN_0 = PACKAGE_PIN;
  generate
    if (PIN_TYPE[5:2] == 4'b1010) assign PACKAGE_PIN = OUTPUT_ENABLE ? D_OUT_0 : 1'bz;
  endgenerate
endmodule
