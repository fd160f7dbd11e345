// Models of the 7-series cells that Yosys's own library leaves empty, as Yosys instantiates them.
//
// A parameter that is not declared here stops the simulation: nothing unmodelled is ignored.

// The block RAM in RAMB18E1 and RAMB36E1: BYTES bytes of eight bits and a ninth one (parity), and
// two ports. An address counts bits; a port of WIDTH bits has WIDTH / 9 bytes, or WIDTH bits of a
// byte.
// Both ports have one clock here. A port reads what was there before the clock edge. If the other
// one writes some of it at that edge, and its mode is not READ_FIRST, what is read is unknown.
module xc7_block_ram #(
  parameter ADDRESS_BITS = 14,
  parameter BYTES = 2048,
  parameter PORT_BYTES = 4,
  parameter [8*BYTES-1:0] DATA = 0,
  parameter [BYTES-1:0] PARITY = 0,
  parameter READ_WIDTH_A = 0,
  parameter READ_WIDTH_B = 0,
  parameter WRITE_WIDTH_A = 0,
  parameter WRITE_WIDTH_B = 0,
  parameter WRITE_MODE_A = "WRITE_FIRST",
  parameter WRITE_MODE_B = "WRITE_FIRST",
  parameter [9*PORT_BYTES-1:0] FIRST_A = 0,
  parameter [9*PORT_BYTES-1:0] FIRST_B = 0
) (
  input clk_a, clk_b, enable_a, enable_b,
  input [ADDRESS_BITS-1:0] address_a, address_b,
  input [8*PORT_BYTES-1:0] data_a, data_b,
  input [PORT_BYTES-1:0] parity_a, parity_b, write_a, write_b,
  output reg [8*PORT_BYTES-1:0] read_a, read_b,
  output reg [PORT_BYTES-1:0] read_parity_a, read_parity_b
);
  reg [8:0] memory [0:BYTES-1];

  // The data bits of a port of some width.
  function integer bits(input integer width);
    bits = width < 9 ? width : width / 9 * 8;
  endfunction

  // The first bit that a port of some width has at an address.
  function integer first(input [ADDRESS_BITS-1:0] address, input integer width);
    first = width == 0 ? 0 : address - address % bits(width);
  endfunction

  // Whether a port reads bits that the other one writes, in a mode that leaves them unknown.
  function collides(input [ADDRESS_BITS-1:0] read, input integer read_width,
                    input [ADDRESS_BITS-1:0] write, input integer write_width);
    collides = first(read, read_width) < first(write, write_width) + bits(write_width)
      && first(write, write_width) < first(read, read_width) + bits(read_width);
  endfunction

  task read(input [ADDRESS_BITS-1:0] address, input integer width, input unknown,
            output [8*PORT_BYTES-1:0] data, output [PORT_BYTES-1:0] parity);
    integer place, index;
    begin
      data = {8*PORT_BYTES{1'bx}};
      parity = {PORT_BYTES{1'bx}};
      place = first(address, width);
      if (!unknown)
        for (index = 0; index < PORT_BYTES; index = index + 1)
          if (8 * index < bits(width)) begin
            data[8*index +: 8] = memory[place / 8 + index][7:0] >> place % 8;
            parity[index] = memory[place / 8 + index][8];
          end
    end
  endtask

  task write(input [ADDRESS_BITS-1:0] address, input integer width,
             input [8*PORT_BYTES-1:0] data, input [PORT_BYTES-1:0] parity,
             input [PORT_BYTES-1:0] enable);
    integer place, index, bit_of;
    begin
      place = first(address, width);
      for (index = 0; index < PORT_BYTES; index = index + 1)
        if (8 * index < bits(width) && enable[index]) begin
          for (bit_of = 0; bit_of < 8; bit_of = bit_of + 1)
            if (bit_of < bits(width))
              memory[place / 8 + index][place % 8 + bit_of] = data[8*index + bit_of];
          if (width >= 9)
            memory[place / 8 + index][8] = parity[index];
        end
    end
  endtask

  integer byte_of;
  reg [8*BYTES-1:0] first_data = DATA; // simulators take long to cut a constant of this length
  reg [BYTES-1:0] first_parity = PARITY;

  initial begin
    for (byte_of = 0; byte_of < BYTES; byte_of = byte_of + 1)
      memory[byte_of] = {first_parity[byte_of], first_data[8*byte_of +: 8]};
    for (byte_of = 0; byte_of < PORT_BYTES; byte_of = byte_of + 1) begin
      {read_parity_a[byte_of], read_a[8*byte_of +: 8]} = FIRST_A[9*byte_of +: 9];
      {read_parity_b[byte_of], read_b[8*byte_of +: 8]} = FIRST_B[9*byte_of +: 9];
    end
  end

  wire writes_a = WRITE_WIDTH_A != 0 && enable_a && |write_a;
  wire writes_b = WRITE_WIDTH_B != 0 && enable_b && |write_b;
  reg [8*PORT_BYTES-1:0] found_a, found_b;
  reg [PORT_BYTES-1:0] found_parity_a, found_parity_b;

  always @(posedge clk_a) begin
    if (clk_b !== 1'b1) begin
      $display("the two ports of a block RAM must have one clock");
      $finish;
    end
    if (READ_WIDTH_A != 0 && enable_a) begin
      read(address_a, READ_WIDTH_A, writes_b && WRITE_MODE_B != "READ_FIRST"
           && collides(address_a, READ_WIDTH_A, address_b, WRITE_WIDTH_B),
           found_a, found_parity_a);
      read_a <= found_a;
      read_parity_a <= found_parity_a;
    end
    if (READ_WIDTH_B != 0 && enable_b) begin
      read(address_b, READ_WIDTH_B, writes_a && WRITE_MODE_A != "READ_FIRST"
           && collides(address_b, READ_WIDTH_B, address_a, WRITE_WIDTH_A),
           found_b, found_parity_b);
      read_b <= found_b;
      read_parity_b <= found_parity_b;
    end
    if (writes_a) write(address_a, WRITE_WIDTH_A, data_a, parity_a, write_a);
    if (writes_b) write(address_b, WRITE_WIDTH_B, data_b, parity_b, write_b);
  end
endmodule

// 18 Kibit: two ports of up to 18 bits; or, if RAM_MODE is "SDP", port A reads and port B writes
// up to 36 bits.
module RAMB18E1 (
  input CLKARDCLK, CLKBWRCLK, ENARDEN, ENBWREN, REGCEAREGCE, REGCEB,
  input RSTRAMARSTRAM, RSTRAMB, RSTREGARSTREG, RSTREGB,
  input [13:0] ADDRARDADDR, ADDRBWRADDR,
  input [15:0] DIADI, DIBDI,
  input [1:0] DIPADIP, DIPBDIP, WEA,
  input [3:0] WEBWE,
  output [15:0] DOADO, DOBDO,
  output [1:0] DOPADOP, DOPBDOP
);
  parameter DOA_REG = 0;
  parameter DOB_REG = 0;
  parameter [17:0] INIT_A = 0;
  parameter [17:0] INIT_B = 0;
  parameter [17:0] SRVAL_A = 0;
  parameter [17:0] SRVAL_B = 0;
  parameter RAM_MODE = "TDP";
  parameter READ_WIDTH_A = 0;
  parameter READ_WIDTH_B = 0;
  parameter WRITE_WIDTH_A = 0;
  parameter WRITE_WIDTH_B = 0;
  parameter WRITE_MODE_A = "WRITE_FIRST";
  parameter WRITE_MODE_B = "WRITE_FIRST";
  parameter [255:0] INITP_00 = 0;
  parameter [255:0] INITP_01 = 0;
  parameter [255:0] INITP_02 = 0;
  parameter [255:0] INITP_03 = 0;
  parameter [255:0] INITP_04 = 0;
  parameter [255:0] INITP_05 = 0;
  parameter [255:0] INITP_06 = 0;
  parameter [255:0] INITP_07 = 0;
  parameter [255:0] INIT_00 = 0;
  parameter [255:0] INIT_01 = 0;
  parameter [255:0] INIT_02 = 0;
  parameter [255:0] INIT_03 = 0;
  parameter [255:0] INIT_04 = 0;
  parameter [255:0] INIT_05 = 0;
  parameter [255:0] INIT_06 = 0;
  parameter [255:0] INIT_07 = 0;
  parameter [255:0] INIT_08 = 0;
  parameter [255:0] INIT_09 = 0;
  parameter [255:0] INIT_0A = 0;
  parameter [255:0] INIT_0B = 0;
  parameter [255:0] INIT_0C = 0;
  parameter [255:0] INIT_0D = 0;
  parameter [255:0] INIT_0E = 0;
  parameter [255:0] INIT_0F = 0;
  parameter [255:0] INIT_10 = 0;
  parameter [255:0] INIT_11 = 0;
  parameter [255:0] INIT_12 = 0;
  parameter [255:0] INIT_13 = 0;
  parameter [255:0] INIT_14 = 0;
  parameter [255:0] INIT_15 = 0;
  parameter [255:0] INIT_16 = 0;
  parameter [255:0] INIT_17 = 0;
  parameter [255:0] INIT_18 = 0;
  parameter [255:0] INIT_19 = 0;
  parameter [255:0] INIT_1A = 0;
  parameter [255:0] INIT_1B = 0;
  parameter [255:0] INIT_1C = 0;
  parameter [255:0] INIT_1D = 0;
  parameter [255:0] INIT_1E = 0;
  parameter [255:0] INIT_1F = 0;
  parameter [255:0] INIT_20 = 0;
  parameter [255:0] INIT_21 = 0;
  parameter [255:0] INIT_22 = 0;
  parameter [255:0] INIT_23 = 0;
  parameter [255:0] INIT_24 = 0;
  parameter [255:0] INIT_25 = 0;
  parameter [255:0] INIT_26 = 0;
  parameter [255:0] INIT_27 = 0;
  parameter [255:0] INIT_28 = 0;
  parameter [255:0] INIT_29 = 0;
  parameter [255:0] INIT_2A = 0;
  parameter [255:0] INIT_2B = 0;
  parameter [255:0] INIT_2C = 0;
  parameter [255:0] INIT_2D = 0;
  parameter [255:0] INIT_2E = 0;
  parameter [255:0] INIT_2F = 0;
  parameter [255:0] INIT_30 = 0;
  parameter [255:0] INIT_31 = 0;
  parameter [255:0] INIT_32 = 0;
  parameter [255:0] INIT_33 = 0;
  parameter [255:0] INIT_34 = 0;
  parameter [255:0] INIT_35 = 0;
  parameter [255:0] INIT_36 = 0;
  parameter [255:0] INIT_37 = 0;
  parameter [255:0] INIT_38 = 0;
  parameter [255:0] INIT_39 = 0;
  parameter [255:0] INIT_3A = 0;
  parameter [255:0] INIT_3B = 0;
  parameter [255:0] INIT_3C = 0;
  parameter [255:0] INIT_3D = 0;
  parameter [255:0] INIT_3E = 0;
  parameter [255:0] INIT_3F = 0;

  wire [31:0] read_a, read_b;
  wire [3:0] parity_a, parity_b;
  localparam WIDE_READ = READ_WIDTH_A == 36, WIDE_WRITE = WRITE_WIDTH_B == 36;

  assign DOADO = read_a[15:0];
  assign DOPADOP = parity_a[1:0];
  assign DOBDO = WIDE_READ ? read_a[31:16] : read_b[15:0];
  assign DOPBDOP = WIDE_READ ? parity_a[3:2] : parity_b[1:0];

  xc7_block_ram #(
    .ADDRESS_BITS(14), .BYTES(2048), .PORT_BYTES(4),
    .DATA({INIT_3F, INIT_3E, INIT_3D, INIT_3C, INIT_3B, INIT_3A, INIT_39, INIT_38, INIT_37,
      INIT_36, INIT_35, INIT_34, INIT_33, INIT_32, INIT_31, INIT_30, INIT_2F, INIT_2E,
      INIT_2D, INIT_2C, INIT_2B, INIT_2A, INIT_29, INIT_28, INIT_27, INIT_26, INIT_25,
      INIT_24, INIT_23, INIT_22, INIT_21, INIT_20, INIT_1F, INIT_1E, INIT_1D, INIT_1C,
      INIT_1B, INIT_1A, INIT_19, INIT_18, INIT_17, INIT_16, INIT_15, INIT_14, INIT_13,
      INIT_12, INIT_11, INIT_10, INIT_0F, INIT_0E, INIT_0D, INIT_0C, INIT_0B, INIT_0A,
      INIT_09, INIT_08, INIT_07, INIT_06, INIT_05, INIT_04, INIT_03, INIT_02, INIT_01,
      INIT_00}),
    .PARITY({INITP_07, INITP_06, INITP_05, INITP_04, INITP_03, INITP_02, INITP_01, INITP_00}),
    .READ_WIDTH_A(READ_WIDTH_A), .READ_WIDTH_B(READ_WIDTH_B),
    .WRITE_WIDTH_A(WRITE_WIDTH_A), .WRITE_WIDTH_B(WRITE_WIDTH_B),
    .WRITE_MODE_A(WRITE_MODE_A), .WRITE_MODE_B(WRITE_MODE_B),
    .FIRST_A({INIT_B, INIT_A}), .FIRST_B({18'd0, INIT_B})
  ) memory (
    .clk_a(CLKARDCLK), .clk_b(CLKBWRCLK), .enable_a(ENARDEN), .enable_b(ENBWREN),
    .address_a(ADDRARDADDR[13:0]), .address_b(ADDRBWRADDR[13:0]),
    .data_a({16'd0, DIADI}), .data_b(WIDE_WRITE ? {DIBDI, DIADI} : {16'd0, DIBDI}),
    .parity_a({2'd0, DIPADIP}),
    .parity_b(WIDE_WRITE ? {DIPBDIP, DIPADIP} : {2'd0, DIPBDIP}),
    .write_a({2'd0, WEA}), .write_b(WEBWE),
    .read_a(read_a), .read_b(read_b), .read_parity_a(parity_a), .read_parity_b(parity_b));

  initial
    if (DOA_REG != 0 || DOB_REG != 0) begin
      $display("RAMB18E1: this mode is not modelled");
      $finish;
    end

  always @(posedge CLKARDCLK)
    if (RSTRAMARSTRAM !== 1'b0 || RSTRAMB !== 1'b0) begin
      $display("RAMB18E1: a reset is not modelled");
      $finish;
    end
endmodule

// 36 Kibit: two ports of up to 36 bits; or, if RAM_MODE is "SDP", port A reads and port B writes
// up to 72 bits.
module RAMB36E1 (
  input CLKARDCLK, CLKBWRCLK, ENARDEN, ENBWREN, REGCEAREGCE, REGCEB,
  input RSTRAMARSTRAM, RSTRAMB, RSTREGARSTREG, RSTREGB,
  input CASCADEINA, CASCADEINB, INJECTDBITERR, INJECTSBITERR,
  input [15:0] ADDRARDADDR, ADDRBWRADDR,
  input [31:0] DIADI, DIBDI,
  input [3:0] DIPADIP, DIPBDIP, WEA,
  input [7:0] WEBWE,
  output [31:0] DOADO, DOBDO,
  output [3:0] DOPADOP, DOPBDOP
);
  parameter DOA_REG = 0;
  parameter DOB_REG = 0;
  parameter [35:0] INIT_A = 0;
  parameter [35:0] INIT_B = 0;
  parameter [35:0] SRVAL_A = 0;
  parameter [35:0] SRVAL_B = 0;
  parameter RAM_MODE = "TDP";
  parameter RAM_EXTENSION_A = "NONE";
  parameter RAM_EXTENSION_B = "NONE";
  parameter READ_WIDTH_A = 0;
  parameter READ_WIDTH_B = 0;
  parameter WRITE_WIDTH_A = 0;
  parameter WRITE_WIDTH_B = 0;
  parameter WRITE_MODE_A = "WRITE_FIRST";
  parameter WRITE_MODE_B = "WRITE_FIRST";
  parameter [255:0] INITP_00 = 0;
  parameter [255:0] INITP_01 = 0;
  parameter [255:0] INITP_02 = 0;
  parameter [255:0] INITP_03 = 0;
  parameter [255:0] INITP_04 = 0;
  parameter [255:0] INITP_05 = 0;
  parameter [255:0] INITP_06 = 0;
  parameter [255:0] INITP_07 = 0;
  parameter [255:0] INITP_08 = 0;
  parameter [255:0] INITP_09 = 0;
  parameter [255:0] INITP_0A = 0;
  parameter [255:0] INITP_0B = 0;
  parameter [255:0] INITP_0C = 0;
  parameter [255:0] INITP_0D = 0;
  parameter [255:0] INITP_0E = 0;
  parameter [255:0] INITP_0F = 0;
  parameter [255:0] INIT_00 = 0;
  parameter [255:0] INIT_01 = 0;
  parameter [255:0] INIT_02 = 0;
  parameter [255:0] INIT_03 = 0;
  parameter [255:0] INIT_04 = 0;
  parameter [255:0] INIT_05 = 0;
  parameter [255:0] INIT_06 = 0;
  parameter [255:0] INIT_07 = 0;
  parameter [255:0] INIT_08 = 0;
  parameter [255:0] INIT_09 = 0;
  parameter [255:0] INIT_0A = 0;
  parameter [255:0] INIT_0B = 0;
  parameter [255:0] INIT_0C = 0;
  parameter [255:0] INIT_0D = 0;
  parameter [255:0] INIT_0E = 0;
  parameter [255:0] INIT_0F = 0;
  parameter [255:0] INIT_10 = 0;
  parameter [255:0] INIT_11 = 0;
  parameter [255:0] INIT_12 = 0;
  parameter [255:0] INIT_13 = 0;
  parameter [255:0] INIT_14 = 0;
  parameter [255:0] INIT_15 = 0;
  parameter [255:0] INIT_16 = 0;
  parameter [255:0] INIT_17 = 0;
  parameter [255:0] INIT_18 = 0;
  parameter [255:0] INIT_19 = 0;
  parameter [255:0] INIT_1A = 0;
  parameter [255:0] INIT_1B = 0;
  parameter [255:0] INIT_1C = 0;
  parameter [255:0] INIT_1D = 0;
  parameter [255:0] INIT_1E = 0;
  parameter [255:0] INIT_1F = 0;
  parameter [255:0] INIT_20 = 0;
  parameter [255:0] INIT_21 = 0;
  parameter [255:0] INIT_22 = 0;
  parameter [255:0] INIT_23 = 0;
  parameter [255:0] INIT_24 = 0;
  parameter [255:0] INIT_25 = 0;
  parameter [255:0] INIT_26 = 0;
  parameter [255:0] INIT_27 = 0;
  parameter [255:0] INIT_28 = 0;
  parameter [255:0] INIT_29 = 0;
  parameter [255:0] INIT_2A = 0;
  parameter [255:0] INIT_2B = 0;
  parameter [255:0] INIT_2C = 0;
  parameter [255:0] INIT_2D = 0;
  parameter [255:0] INIT_2E = 0;
  parameter [255:0] INIT_2F = 0;
  parameter [255:0] INIT_30 = 0;
  parameter [255:0] INIT_31 = 0;
  parameter [255:0] INIT_32 = 0;
  parameter [255:0] INIT_33 = 0;
  parameter [255:0] INIT_34 = 0;
  parameter [255:0] INIT_35 = 0;
  parameter [255:0] INIT_36 = 0;
  parameter [255:0] INIT_37 = 0;
  parameter [255:0] INIT_38 = 0;
  parameter [255:0] INIT_39 = 0;
  parameter [255:0] INIT_3A = 0;
  parameter [255:0] INIT_3B = 0;
  parameter [255:0] INIT_3C = 0;
  parameter [255:0] INIT_3D = 0;
  parameter [255:0] INIT_3E = 0;
  parameter [255:0] INIT_3F = 0;
  parameter [255:0] INIT_40 = 0;
  parameter [255:0] INIT_41 = 0;
  parameter [255:0] INIT_42 = 0;
  parameter [255:0] INIT_43 = 0;
  parameter [255:0] INIT_44 = 0;
  parameter [255:0] INIT_45 = 0;
  parameter [255:0] INIT_46 = 0;
  parameter [255:0] INIT_47 = 0;
  parameter [255:0] INIT_48 = 0;
  parameter [255:0] INIT_49 = 0;
  parameter [255:0] INIT_4A = 0;
  parameter [255:0] INIT_4B = 0;
  parameter [255:0] INIT_4C = 0;
  parameter [255:0] INIT_4D = 0;
  parameter [255:0] INIT_4E = 0;
  parameter [255:0] INIT_4F = 0;
  parameter [255:0] INIT_50 = 0;
  parameter [255:0] INIT_51 = 0;
  parameter [255:0] INIT_52 = 0;
  parameter [255:0] INIT_53 = 0;
  parameter [255:0] INIT_54 = 0;
  parameter [255:0] INIT_55 = 0;
  parameter [255:0] INIT_56 = 0;
  parameter [255:0] INIT_57 = 0;
  parameter [255:0] INIT_58 = 0;
  parameter [255:0] INIT_59 = 0;
  parameter [255:0] INIT_5A = 0;
  parameter [255:0] INIT_5B = 0;
  parameter [255:0] INIT_5C = 0;
  parameter [255:0] INIT_5D = 0;
  parameter [255:0] INIT_5E = 0;
  parameter [255:0] INIT_5F = 0;
  parameter [255:0] INIT_60 = 0;
  parameter [255:0] INIT_61 = 0;
  parameter [255:0] INIT_62 = 0;
  parameter [255:0] INIT_63 = 0;
  parameter [255:0] INIT_64 = 0;
  parameter [255:0] INIT_65 = 0;
  parameter [255:0] INIT_66 = 0;
  parameter [255:0] INIT_67 = 0;
  parameter [255:0] INIT_68 = 0;
  parameter [255:0] INIT_69 = 0;
  parameter [255:0] INIT_6A = 0;
  parameter [255:0] INIT_6B = 0;
  parameter [255:0] INIT_6C = 0;
  parameter [255:0] INIT_6D = 0;
  parameter [255:0] INIT_6E = 0;
  parameter [255:0] INIT_6F = 0;
  parameter [255:0] INIT_70 = 0;
  parameter [255:0] INIT_71 = 0;
  parameter [255:0] INIT_72 = 0;
  parameter [255:0] INIT_73 = 0;
  parameter [255:0] INIT_74 = 0;
  parameter [255:0] INIT_75 = 0;
  parameter [255:0] INIT_76 = 0;
  parameter [255:0] INIT_77 = 0;
  parameter [255:0] INIT_78 = 0;
  parameter [255:0] INIT_79 = 0;
  parameter [255:0] INIT_7A = 0;
  parameter [255:0] INIT_7B = 0;
  parameter [255:0] INIT_7C = 0;
  parameter [255:0] INIT_7D = 0;
  parameter [255:0] INIT_7E = 0;
  parameter [255:0] INIT_7F = 0;

  wire [63:0] read_a, read_b;
  wire [7:0] parity_a, parity_b;
  localparam WIDE_READ = READ_WIDTH_A == 72, WIDE_WRITE = WRITE_WIDTH_B == 72;

  assign DOADO = read_a[31:0];
  assign DOPADOP = parity_a[3:0];
  assign DOBDO = WIDE_READ ? read_a[63:32] : read_b[31:0];
  assign DOPBDOP = WIDE_READ ? parity_a[7:4] : parity_b[3:0];

  xc7_block_ram #(
    .ADDRESS_BITS(15), .BYTES(4096), .PORT_BYTES(8),
    .DATA({INIT_7F, INIT_7E, INIT_7D, INIT_7C, INIT_7B, INIT_7A, INIT_79, INIT_78, INIT_77,
      INIT_76, INIT_75, INIT_74, INIT_73, INIT_72, INIT_71, INIT_70, INIT_6F, INIT_6E,
      INIT_6D, INIT_6C, INIT_6B, INIT_6A, INIT_69, INIT_68, INIT_67, INIT_66, INIT_65,
      INIT_64, INIT_63, INIT_62, INIT_61, INIT_60, INIT_5F, INIT_5E, INIT_5D, INIT_5C,
      INIT_5B, INIT_5A, INIT_59, INIT_58, INIT_57, INIT_56, INIT_55, INIT_54, INIT_53,
      INIT_52, INIT_51, INIT_50, INIT_4F, INIT_4E, INIT_4D, INIT_4C, INIT_4B, INIT_4A,
      INIT_49, INIT_48, INIT_47, INIT_46, INIT_45, INIT_44, INIT_43, INIT_42, INIT_41,
      INIT_40, INIT_3F, INIT_3E, INIT_3D, INIT_3C, INIT_3B, INIT_3A, INIT_39, INIT_38,
      INIT_37, INIT_36, INIT_35, INIT_34, INIT_33, INIT_32, INIT_31, INIT_30, INIT_2F,
      INIT_2E, INIT_2D, INIT_2C, INIT_2B, INIT_2A, INIT_29, INIT_28, INIT_27, INIT_26,
      INIT_25, INIT_24, INIT_23, INIT_22, INIT_21, INIT_20, INIT_1F, INIT_1E, INIT_1D,
      INIT_1C, INIT_1B, INIT_1A, INIT_19, INIT_18, INIT_17, INIT_16, INIT_15, INIT_14,
      INIT_13, INIT_12, INIT_11, INIT_10, INIT_0F, INIT_0E, INIT_0D, INIT_0C, INIT_0B,
      INIT_0A, INIT_09, INIT_08, INIT_07, INIT_06, INIT_05, INIT_04, INIT_03, INIT_02,
      INIT_01, INIT_00}),
    .PARITY({INITP_0F, INITP_0E, INITP_0D, INITP_0C, INITP_0B, INITP_0A, INITP_09, INITP_08,
      INITP_07, INITP_06, INITP_05, INITP_04, INITP_03, INITP_02, INITP_01, INITP_00}),
    .READ_WIDTH_A(READ_WIDTH_A), .READ_WIDTH_B(READ_WIDTH_B),
    .WRITE_WIDTH_A(WRITE_WIDTH_A), .WRITE_WIDTH_B(WRITE_WIDTH_B),
    .WRITE_MODE_A(WRITE_MODE_A), .WRITE_MODE_B(WRITE_MODE_B),
    .FIRST_A({INIT_B, INIT_A}), .FIRST_B({36'd0, INIT_B})
  ) memory (
    .clk_a(CLKARDCLK), .clk_b(CLKBWRCLK), .enable_a(ENARDEN), .enable_b(ENBWREN),
    .address_a(ADDRARDADDR[14:0]), .address_b(ADDRBWRADDR[14:0]),
    .data_a({32'd0, DIADI}), .data_b(WIDE_WRITE ? {DIBDI, DIADI} : {32'd0, DIBDI}),
    .parity_a({4'd0, DIPADIP}),
    .parity_b(WIDE_WRITE ? {DIPBDIP, DIPADIP} : {4'd0, DIPBDIP}),
    .write_a({4'd0, WEA}), .write_b(WEBWE),
    .read_a(read_a), .read_b(read_b), .read_parity_a(parity_a), .read_parity_b(parity_b));

  initial
    if (DOA_REG != 0 || DOB_REG != 0
        || RAM_EXTENSION_A != "NONE" || RAM_EXTENSION_B != "NONE") begin
      $display("RAMB36E1: this mode is not modelled");
      $finish;
    end

  always @(posedge CLKARDCLK)
    if (RSTRAMARSTRAM !== 1'b0 || RSTRAMB !== 1'b0) begin
      $display("RAMB36E1: a reset is not modelled");
      $finish;
    end
endmodule
