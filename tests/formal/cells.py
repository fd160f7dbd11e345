"""Cells: models, for the solver, of cells that Yosys does not model and that those of `sim/models`
describe as only a simulator can read."""

_MULTIPLIER = """
module MULT9X9(
  input CLK, CE, RESET, ASEL, BSEL, ASIGN, BSIGN, input [8:0] A, B, SIA, SIB, output [17:0] DOUT);
  wire signed [17:0] wide_a = {{9{ASIGN & A[8]}}, A};
  wire signed [17:0] wide_b = {{9{BSIGN & B[8]}}, B};
  assign DOUT = wide_a * wide_b;
endmodule
"""
"""Without registers, as Yosys instantiates it."""

_GOWIN_BLOCK_RAM = """
module DPB(
  input CLKA, CEA, OCEA, RESETA, WREA, CLKB, CEB, OCEB, RESETB, WREB, input [2:0] BLKSELA, BLKSELB,
  input [13:0] ADA, ADB, input [15:0] DIA, DIB, output [15:0] DOA, DOB);
  parameter READ_MODE0 = 0, READ_MODE1 = 0, WRITE_MODE0 = 0, WRITE_MODE1 = 0;
  parameter BLK_SEL_0 = 0, BLK_SEL_1 = 0, RESET_MODE = "SYNC";
  parameter BIT_WIDTH_0 = 16, BIT_WIDTH_1 = 16;
"""
_GOWIN_SINGLE_PORT = """
module SP(
  input CLK, CE, OCE, RESET, WRE, input [2:0] BLKSEL, input [13:0] AD, input [31:0] DI,
  output [31:0] DO);
  parameter READ_MODE = 0, WRITE_MODE = 0, BLK_SEL = 0, RESET_MODE = "SYNC", BIT_WIDTH = 32;
"""
_XC7_BLOCK_RAM = """
module RAMB18E1(
  input CLKARDCLK, CLKBWRCLK, ENARDEN, ENBWREN, REGCEAREGCE, REGCEB, RSTRAMARSTRAM, RSTRAMB,
  RSTREGARSTREG, RSTREGB, input [13:0] ADDRARDADDR, ADDRBWRADDR, input [15:0] DIADI, DIBDI,
  input [1:0] DIPADIP, DIPBDIP, WEA, input [3:0] WEBWE,
  output [15:0] DOADO, DOBDO, output [1:0] DOPADOP, DOPBDOP);
  parameter DOA_REG = 0, DOB_REG = 0, INIT_A = 0, INIT_B = 0, SRVAL_A = 0, SRVAL_B = 0;
  parameter RAM_MODE = "TDP", WRITE_MODE_A = "READ_FIRST", WRITE_MODE_B = "READ_FIRST";
  parameter READ_WIDTH_A = 0, READ_WIDTH_B = 0, WRITE_WIDTH_A = 0, WRITE_WIDTH_B = 0;
  parameter INITP_00 = 0, INITP_01 = 0, INITP_02 = 0, INITP_03 = 0;
  parameter INITP_04 = 0, INITP_05 = 0, INITP_06 = 0, INITP_07 = 0;
"""

_BLOCK_RAM = """
  parameter [255:0] {parameters};
  localparam [16383:0] CONTENTS = {{{contents}}};
  localparam BITS = {bits};
  reg [BITS-1:0] memory [0:16384/BITS-1];
  integer place;
  initial
    for (place = 0; place < 16384 / BITS; place = place + 1)
      memory[place] = CONTENTS[BITS * place +: BITS];
  always @(posedge {clock}) if ({write}) memory[{written} / BITS] <= {data};
"""
"""Words of {bits} bits, a power of two, written at one port."""

_READ = """
  reg [BITS-1:0] word_{output};
  always @(posedge {clock}) if ({enable}) word_{output} <= memory[{read} / BITS];
  assign {output} = word_{output};
"""


def _block_ram(ports: str, contents: str, *reads: tuple[str, str, str], bits: str, clock: str,
               write: str, written: str, data: str) -> str:
    """The module that begins with `ports`; enable, address and output of each port that reads."""
    numbers = [f"{contents}{number:02X}" for number in range(64)]
    return ports + _BLOCK_RAM.format(
        parameters=", ".join(f"{name} = 0" for name in numbers),
        contents=", ".join(reversed(numbers)), bits=bits, clock=clock, write=write,
        written=written, data=data) + "".join(
            _READ.format(clock=clock, enable=enable, read=read, output=output)
            for enable, read, output in reads) + "endmodule\n"


CELLS = {
    "gowin": _MULTIPLIER
        + _block_ram(_GOWIN_BLOCK_RAM, "INIT_RAM_", ("CEB", "ADB", "DOB"), bits="BIT_WIDTH_0",
                     clock="CLKA", write="CEA & WREA", written="ADA", data="DIA")
        + _block_ram(_GOWIN_SINGLE_PORT, "INIT_RAM_", ("CE", "AD", "DO"), bits="BIT_WIDTH",
                     clock="CLK", write="CE & WRE", written="AD", data="DI"),
    "xc7": _block_ram(
        _XC7_BLOCK_RAM, "INIT_", ("ENARDEN", "ADDRARDADDR", "DOADO"),
        ("ENBWREN", "ADDRBWRADDR", "DOBDO"), bits="READ_WIDTH_B ? READ_WIDTH_B : READ_WIDTH_A",
        clock="CLKARDCLK", write="ENARDEN & WEA[0]", written="ADDRARDADDR", data="DIADI"),
}
"""Verilog of such cells by family."""
