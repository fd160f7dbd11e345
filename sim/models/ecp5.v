// Models of the ECP5 cells that Yosys's own library leaves empty, as Yosys instantiates them.
//
// A parameter that is not declared here stops the simulation: nothing unmodelled is ignored.

// 18 x 18 bits, each signed or unsigned. There are registers for both factors and for the product,
// or none.
module MULT18X18D (
  input A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0,
  input B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0,
  input C17, C16, C15, C14, C13, C12, C11, C10, C9, C8, C7, C6, C5, C4, C3, C2, C1, C0,
  input SIGNEDA, SIGNEDB, SOURCEA, SOURCEB, CLK0, CE0, RST0,
  output P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18,
    P17, P16, P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0
);
  parameter REG_INPUTA_CLK = "NONE";
  parameter REG_INPUTB_CLK = "NONE";
  parameter REG_OUTPUT_CLK = "NONE";
  wire [17:0] next_a = {A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1,
    A0};
  wire [17:0] next_b = {B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1,
    B0};
  reg [17:0] held_a = 0;
  reg [17:0] held_b = 0;
  reg [35:0] held_product = 0;
  wire [17:0] a = REG_INPUTA_CLK == "CLK0" ? held_a : next_a;
  wire [17:0] b = REG_INPUTB_CLK == "CLK0" ? held_b : next_b;
  wire signed [35:0] wide_a = {{18{SIGNEDA & a[17]}}, a};
  wire signed [35:0] wide_b = {{18{SIGNEDB & b[17]}}, b};
  wire signed [35:0] product = wide_a * wide_b;
  assign {P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19,
    P18, P17, P16, P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0}
    = REG_OUTPUT_CLK == "CLK0" ? held_product : product;
  always @(posedge CLK0)
    if (RST0) begin
      held_a <= 0;
      held_b <= 0;
      held_product <= 0;
    end else if (CE0) begin
      held_a <= next_a;
      held_b <= next_b;
      held_product <= product;
    end
endmodule

// 1,024 words of 18 bits: two ports of 1 to 18 bits, or port A writing and port B reading up to 36
// bits. Both have one clock here. Bits that one port reads while the other writes them are unknown.
module DP16KD (
  input ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0,
  input DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5,
    DIA4, DIA3, DIA2, DIA1, DIA0,
  input CEA, OCEA, CLKA, WEA, RSTA, CSA2, CSA1, CSA0,
  input ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0,
  input DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5,
    DIB4, DIB3, DIB2, DIB1, DIB0,
  input CEB, OCEB, CLKB, WEB, RSTB, CSB2, CSB1, CSB0,
  output DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5,
    DOA4, DOA3, DOA2, DOA1, DOA0,
  output DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5,
    DOB4, DOB3, DOB2, DOB1, DOB0
);
  parameter DATA_WIDTH_A = 18;
  parameter DATA_WIDTH_B = 18;
  parameter REGMODE_A = "NOREG";
  parameter REGMODE_B = "NOREG";
  parameter RESETMODE = "SYNC";
  parameter ASYNC_RESET_RELEASE = "SYNC";
  parameter CSDECODE_A = "0b000";
  parameter CSDECODE_B = "0b000";
  parameter WRITEMODE_A = "NORMAL";
  parameter WRITEMODE_B = "NORMAL";
  parameter CLKAMUX = "CLKA";
  parameter CLKBMUX = "CLKB";
  parameter GSR = "AUTO";
  parameter [319:0] INITVAL_00 = 0;
  parameter [319:0] INITVAL_01 = 0;
  parameter [319:0] INITVAL_02 = 0;
  parameter [319:0] INITVAL_03 = 0;
  parameter [319:0] INITVAL_04 = 0;
  parameter [319:0] INITVAL_05 = 0;
  parameter [319:0] INITVAL_06 = 0;
  parameter [319:0] INITVAL_07 = 0;
  parameter [319:0] INITVAL_08 = 0;
  parameter [319:0] INITVAL_09 = 0;
  parameter [319:0] INITVAL_0A = 0;
  parameter [319:0] INITVAL_0B = 0;
  parameter [319:0] INITVAL_0C = 0;
  parameter [319:0] INITVAL_0D = 0;
  parameter [319:0] INITVAL_0E = 0;
  parameter [319:0] INITVAL_0F = 0;
  parameter [319:0] INITVAL_10 = 0;
  parameter [319:0] INITVAL_11 = 0;
  parameter [319:0] INITVAL_12 = 0;
  parameter [319:0] INITVAL_13 = 0;
  parameter [319:0] INITVAL_14 = 0;
  parameter [319:0] INITVAL_15 = 0;
  parameter [319:0] INITVAL_16 = 0;
  parameter [319:0] INITVAL_17 = 0;
  parameter [319:0] INITVAL_18 = 0;
  parameter [319:0] INITVAL_19 = 0;
  parameter [319:0] INITVAL_1A = 0;
  parameter [319:0] INITVAL_1B = 0;
  parameter [319:0] INITVAL_1C = 0;
  parameter [319:0] INITVAL_1D = 0;
  parameter [319:0] INITVAL_1E = 0;
  parameter [319:0] INITVAL_1F = 0;
  parameter [319:0] INITVAL_20 = 0;
  parameter [319:0] INITVAL_21 = 0;
  parameter [319:0] INITVAL_22 = 0;
  parameter [319:0] INITVAL_23 = 0;
  parameter [319:0] INITVAL_24 = 0;
  parameter [319:0] INITVAL_25 = 0;
  parameter [319:0] INITVAL_26 = 0;
  parameter [319:0] INITVAL_27 = 0;
  parameter [319:0] INITVAL_28 = 0;
  parameter [319:0] INITVAL_29 = 0;
  parameter [319:0] INITVAL_2A = 0;
  parameter [319:0] INITVAL_2B = 0;
  parameter [319:0] INITVAL_2C = 0;
  parameter [319:0] INITVAL_2D = 0;
  parameter [319:0] INITVAL_2E = 0;
  parameter [319:0] INITVAL_2F = 0;
  parameter [319:0] INITVAL_30 = 0;
  parameter [319:0] INITVAL_31 = 0;
  parameter [319:0] INITVAL_32 = 0;
  parameter [319:0] INITVAL_33 = 0;
  parameter [319:0] INITVAL_34 = 0;
  parameter [319:0] INITVAL_35 = 0;
  parameter [319:0] INITVAL_36 = 0;
  parameter [319:0] INITVAL_37 = 0;
  parameter [319:0] INITVAL_38 = 0;
  parameter [319:0] INITVAL_39 = 0;
  parameter [319:0] INITVAL_3A = 0;
  parameter [319:0] INITVAL_3B = 0;
  parameter [319:0] INITVAL_3C = 0;
  parameter [319:0] INITVAL_3D = 0;
  parameter [319:0] INITVAL_3E = 0;
  parameter [319:0] INITVAL_3F = 0;

  reg [17:0] memory [0:1023];
  reg [17:0] read_a = 0;
  reg [17:0] read_b = 0;
  reg [17:0] read_high = 0;

  task fill(input integer place, input [319:0] words);
    integer word;
    for (word = 0; word < 16; word = word + 1)
      memory[16 * place + word] = words[20 * word +: 18];
  endtask

  initial begin
    fill('h00, INITVAL_00);
    fill('h01, INITVAL_01);
    fill('h02, INITVAL_02);
    fill('h03, INITVAL_03);
    fill('h04, INITVAL_04);
    fill('h05, INITVAL_05);
    fill('h06, INITVAL_06);
    fill('h07, INITVAL_07);
    fill('h08, INITVAL_08);
    fill('h09, INITVAL_09);
    fill('h0A, INITVAL_0A);
    fill('h0B, INITVAL_0B);
    fill('h0C, INITVAL_0C);
    fill('h0D, INITVAL_0D);
    fill('h0E, INITVAL_0E);
    fill('h0F, INITVAL_0F);
    fill('h10, INITVAL_10);
    fill('h11, INITVAL_11);
    fill('h12, INITVAL_12);
    fill('h13, INITVAL_13);
    fill('h14, INITVAL_14);
    fill('h15, INITVAL_15);
    fill('h16, INITVAL_16);
    fill('h17, INITVAL_17);
    fill('h18, INITVAL_18);
    fill('h19, INITVAL_19);
    fill('h1A, INITVAL_1A);
    fill('h1B, INITVAL_1B);
    fill('h1C, INITVAL_1C);
    fill('h1D, INITVAL_1D);
    fill('h1E, INITVAL_1E);
    fill('h1F, INITVAL_1F);
    fill('h20, INITVAL_20);
    fill('h21, INITVAL_21);
    fill('h22, INITVAL_22);
    fill('h23, INITVAL_23);
    fill('h24, INITVAL_24);
    fill('h25, INITVAL_25);
    fill('h26, INITVAL_26);
    fill('h27, INITVAL_27);
    fill('h28, INITVAL_28);
    fill('h29, INITVAL_29);
    fill('h2A, INITVAL_2A);
    fill('h2B, INITVAL_2B);
    fill('h2C, INITVAL_2C);
    fill('h2D, INITVAL_2D);
    fill('h2E, INITVAL_2E);
    fill('h2F, INITVAL_2F);
    fill('h30, INITVAL_30);
    fill('h31, INITVAL_31);
    fill('h32, INITVAL_32);
    fill('h33, INITVAL_33);
    fill('h34, INITVAL_34);
    fill('h35, INITVAL_35);
    fill('h36, INITVAL_36);
    fill('h37, INITVAL_37);
    fill('h38, INITVAL_38);
    fill('h39, INITVAL_39);
    fill('h3A, INITVAL_3A);
    fill('h3B, INITVAL_3B);
    fill('h3C, INITVAL_3C);
    fill('h3D, INITVAL_3D);
    fill('h3E, INITVAL_3E);
    fill('h3F, INITVAL_3F);
  end

  wire [13:0] address_a = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3,
    ADA2, ADA1, ADA0};
  wire [13:0] address_b = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3,
    ADB2, ADB1, ADB0};
  wire [17:0] data_a = {DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7,
    DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0};
  wire [17:0] data_b = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7,
    DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0};
  wire wide_a = DATA_WIDTH_A == 36;
  wire wide_b = DATA_WIDTH_B == 36;
  assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5,
    DOA4, DOA3, DOA2, DOA1, DOA0} = wide_b ? read_b : read_a;
  assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5,
    DOB4, DOB3, DOB2, DOB1, DOB0} = wide_b ? read_high : read_b;

  // The first bit of a narrow word within the 18 bits; a byte has nine.
  function [4:0] offset(input integer width, input [13:0] address);
    case (width)
      9: offset = 9 * address[3];
      4: offset = 9 * address[3] + 4 * address[2];
      2: offset = 9 * address[3] + 2 * address[2:1];
      1: offset = 9 * address[3] + address[2:0];
      default: offset = 0;
    endcase
  endfunction

  // The bits that a write changes; the low bits of a wide word's address enable its bytes.
  function [17:0] changed(input integer width, input [13:0] address);
    changed = width >= 18 ? {{9{address[1]}}, {9{address[0]}}}
                          : ((18'd1 << width) - 18'd1) << offset(width, address);
  endfunction

  // `old`, in which the bits that the other port writes are unknown.
  function [17:0] seen(input [17:0] old, input [17:0] written);
    seen = old & ~written | written & 18'bx;
  endfunction

  wire [9:0] word_a = wide_a ? {address_a[13:5], 1'b0} : address_a[13:4];
  wire [9:0] word_b = wide_b ? {address_b[13:5], 1'b0} : address_b[13:4];
  wire [4:0] offset_a = offset(DATA_WIDTH_A, address_a);
  wire [4:0] offset_b = offset(DATA_WIDTH_B, address_b);
  wire [17:0] mask_a = CEA && WEA ? changed(DATA_WIDTH_A, address_a) : 18'd0;
  wire [17:0] mask_b = CEB && WEB ? changed(DATA_WIDTH_B, address_b) : 18'd0;
  wire [17:0] mask_high =
    CEA && WEA && wide_a ? {{9{address_a[3]}}, {9{address_a[2]}}} : 18'd0;
  wire [17:0] shifted_a = data_a << offset_a;
  wire [17:0] shifted_b = data_b << offset_b;

  // The bits of the word that each port reads that the other port writes.
  wire [17:0] met_a = word_a == word_b ? mask_b : 18'd0;
  wire [17:0] met_b = word_a == word_b ? mask_a
                    : {word_a[9:1], 1'b1} == word_b ? mask_high : 18'd0;
  wire [17:0] met_high = word_a == {word_b[9:1], 1'b1} ? mask_a
                       : word_a[9:1] == word_b[9:1] ? mask_high : 18'd0;

  wire [17:0] old_a = seen(memory[word_a], met_a);
  wire [17:0] old_b = seen(memory[word_b], met_b);

  always @(posedge CLKA) begin
    if (|mask_a) memory[word_a] <= memory[word_a] & ~mask_a | shifted_a & mask_a;
    if (|mask_high)
      memory[word_a | 10'd1] <= memory[word_a | 10'd1] & ~mask_high | data_b & mask_high;
    if (|mask_b) memory[word_b] <= memory[word_b] & ~mask_b | shifted_b & mask_b;
    if (CEA) begin
      if (!WEA || WRITEMODE_A == "READBEFOREWRITE")
        read_a <= old_a >> offset_a;
      else if (WRITEMODE_A == "WRITETHROUGH")
        read_a <= (old_a & ~mask_a | shifted_a & mask_a) >> offset_a;
      if (RSTA) read_a <= 0;
    end
    if (CEB) begin
      if (!WEB || WRITEMODE_B == "READBEFOREWRITE")
        read_b <= old_b >> offset_b;
      else if (WRITEMODE_B == "WRITETHROUGH")
        read_b <= (old_b & ~mask_b | shifted_b & mask_b) >> offset_b;
      read_high <= seen(memory[word_b | 10'd1], met_high);
      if (RSTB) read_b <= 0;
      if (RSTB) read_high <= 0;
    end
  end
endmodule
