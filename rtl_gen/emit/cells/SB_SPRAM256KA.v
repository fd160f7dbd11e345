// The iCE40UP's single-port RAM of 16,384 words of 16 bits, as Lattice's SPRAM guide (TN1314)
// describes it: a word is read or written in a cycle, never both. The contents after power-up and
// the output after a write are unknown: X, or wrong on purpose in a simulator without X.
module SB_SPRAM256KA(
  input [13:0] ADDRESS,
  input [15:0] DATAIN,
  input [3:0] MASKWREN,
  input WREN,
  input CHIPSELECT,
  input CLOCK,
  input STANDBY,
  input SLEEP,
  input POWEROFF,
  output reg [15:0] DATAOUT
);
`ifdef VERILATOR
  localparam UNKNOWN = 16'h5ad5;
`else
  localparam UNKNOWN = 16'hxxxx;
`endif

  reg [15:0] memory [0:16383];
  wire [15:0] mask = {{4{MASKWREN[3]}}, {4{MASKWREN[2]}}, {4{MASKWREN[1]}}, {4{MASKWREN[0]}}};

  always @(posedge CLOCK) begin
    if (STANDBY | SLEEP | ~POWEROFF) begin
      DATAOUT <= UNKNOWN;
    end else if (CHIPSELECT) begin
      if (WREN) begin
        memory[ADDRESS] <= DATAIN & mask | memory[ADDRESS] & ~mask;
        DATAOUT <= UNKNOWN;
      end else begin
        DATAOUT <= memory[ADDRESS];
      end
    end
  end
endmodule
