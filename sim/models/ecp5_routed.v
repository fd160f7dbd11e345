// Models of the cells of ECP5 in which nextpnr writes a routed design. Inputs that nextpnr leaves
// open have been given their values.
//
// A parameter that is not declared here stops the simulation: nothing unmodelled is ignored.

// Half a slice: a look-up table, one bit of a carry chain, or one bit of a memory of 16 words; and a
// multiplexer, of two look-up tables or of two multiplexers. Yosys's model drives no carry.
module TRELLIS_COMB #(
  parameter MODE = "LOGIC",
  parameter [15:0] INITVAL = 0,
  parameter CCU2_INJECT1 = "NO",
  parameter WREMUX = "WRE",
  parameter WCKMUX = "WCK",
  parameter IS_Z1 = 0
) (
  input A, B, C, D, M, F1, FCI, FXA, FXB, WD, WAD0, WAD1, WAD2, WAD3, WRE, WCK,
  output F, FCO, OFX
);
  generate
    if (MODE == "LOGIC") begin : logic_mode
      assign F = INITVAL[{D, C, B, A}];
      assign FCO = 1'b0;
    end else if (MODE == "CCU2") begin : carry_mode
      wire injected = CCU2_INJECT1 == "YES";
      wire propagates = INITVAL[{D, C, B, A}];
      wire generated = INITVAL[{2'b00, B, A}];
      assign F = propagates ^ (!injected & FCI);
      assign FCO = propagates ? FCI : !injected & generated;
    end else if (MODE == "DPRAM" && WREMUX == "WRE" && WCKMUX == "WCK") begin : memory_mode
      reg [15:0] words = INITVAL;
      always @(posedge WCK) if (WRE) words[{WAD0, WAD2, WAD1, WAD3}] <= WD;
      assign F = words[{D, C, B, A}];
      assign FCO = 1'b0;
    end else not_modelled mode();
    assign OFX = IS_Z1 ? (M ? FXB : FXA) : (M ? F1 : F);
  endgenerate
endmodule

// The half slices that pass address and data of a write on to the memory in the others.
module TRELLIS_RAMW (
  input A0, B0, C0, D0, A1, B1, C1, D1,
  output WADO0, WADO1, WADO2, WADO3, WDO0, WDO1, WDO2, WDO3
);
  assign {WADO3, WADO2, WADO1, WADO0} = {A0, C0, B0, D0};
  assign {WDO3, WDO2, WDO1, WDO0} = {B1, D1, A1, C1};
endmodule

// A flip-flop. It takes DI, from the look-up table beside it, or M, from elsewhere.
module TRELLIS_FF #(
  parameter GSR = "ENABLED",
  parameter [127:0] CEMUX = "1",
  parameter CLKMUX = "CLK",
  parameter LSRMUX = "LSR",
  parameter SRMODE = "LSR_OVER_CE",
  parameter REGSET = "RESET",
  parameter [127:0] SD = "0"
) (input CLK, LSR, CE, DI, M, output reg Q);
  localparam FIRST = REGSET == "SET";
  wire clock = CLK ^ (CLKMUX == "INV");
  wire set = LSR ^ (LSRMUX == "INV");
  wire enabled = CEMUX == "1" || (CE ^ (CEMUX == "INV"));
  wire data = SD == "1" ? DI : M;

  initial Q = FIRST;
  generate
    if (SRMODE == "ASYNC") begin : asynchronous
      always @(posedge clock, posedge set) if (set) Q <= FIRST; else if (enabled) Q <= data;
    end else begin : synchronous
      always @(posedge clock) if (set) Q <= FIRST; else if (enabled) Q <= data;
    end
  endgenerate
endmodule

// A buffer onto the clock network.
module DCCA (input CLKI, input CE, output CLKO);
  assign CLKO = CLKI & CE;
endmodule
