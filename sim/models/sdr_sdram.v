// A chip of SDR SDRAM with 4 banks and words of 16 bits, as its pins see it: a command at each rising
// edge of its clock. It checks what its data sheet demands, and stops the simulation at the first
// violation, whose name it writes to standard error. Times are in ps and are counted in clock
// cycles of PERIOD. What was not written is unknown: X, or wrong on purpose in a simulator without X.
//
// The data pins are split: dq_i is what is on the bus, dq_o what the chip drives while dq_oe is high.
// A burst is one word, and words are not closed automatically: other modes are violations.
module sdr_sdram #(
  parameter integer PERIOD = 20000,
  parameter integer COLUMN_BITS = 9,
  parameter integer WORDS = 1 << 24,  // only so many are backed, from row 0 on
  parameter integer TRCD = 20000,
  parameter integer TRP = 20000,
  parameter integer TRAS = 44000,
  parameter integer OPEN_AT_MOST = 120000000,
  parameter integer TRC = 66000,
  parameter integer TRRD = 15000,
  parameter integer TRFC = 66000,
  parameter integer TWR = 15000,
  parameter integer TREFI = 7812500,
  parameter integer POWER_UP = 100000000,
  parameter integer CLOCK = 10000,
  parameter integer MODE_CLOCKS = 2,
  parameter integer POSTPONED = 8,
  parameter integer STOP = 1  // 0: go on after a violation
) (
  input clk,
  input cke,
  input cs_n,
  input ras_n,
  input cas_n,
  input we_n,
  input [1:0] ba,
  input [12:0] a,
  input [1:0] dqm,
  input [15:0] dq_i,
  output [15:0] dq_o,
  output dq_oe,
  output reg failed  // a violation was seen
);
  localparam integer ADDRESS_BITS = 15 + COLUMN_BITS;
  localparam [2:0] NOP = 3'b111, ACTIVE = 3'b011, READ = 3'b101, WRITE = 3'b100,
    PRECHARGE = 3'b010, REFRESH = 3'b001, MODE = 3'b000;
`ifdef VERILATOR
  localparam [15:0] UNKNOWN = 16'h5ad5;
`else
  localparam [15:0] UNKNOWN = 16'hxxxx;
`endif

  reg [15:0] memory [0:WORDS - 1];
  reg written [0:WORDS - 1];
  // Times of the last commands in clock cycles since power-up, by bank where it matters.
  reg [63:0] now, opened [0:3], closed [0:3], wrote [0:3], refreshed, moded, opened_any, due;
  reg [3:0] open;
  reg [12:0] row [0:3];
  reg closed_all, mode_known;
  reg [3:0] refreshes;
  reg [2:0] latency;
  // Words on their way to the pins, and the masks of earlier cycles.
  reg [15:0] coming [0:2];
  reg [2:0] comes;
  reg [1:0] mask_before;
  reg drove;
  integer index;

  wire [2:0] command = {ras_n, cas_n, we_n};
  wire [ADDRESS_BITS - 1:0] address = {row[ba], ba, a[COLUMN_BITS - 1:0]};
  wire beyond = address >= WORDS;

  // The first word that comes is on the pins, between two edges.
  assign dq_o = coming[0];
  assign dq_oe = comes[0];

  task violation(input [40 * 8 - 1:0] name);
    begin
      if (!failed) $fdisplay(32'h80000002, "%m: %0s, at clock %0d", name, now);
      failed = 1;
      if (STOP != 0) $stop;
    end
  endtask

  function early(input [63:0] since, input integer time_ps);
    early = (now - since) * PERIOD < time_ps;
  endfunction

  initial begin
    now = 0;
    failed = 0;
    open = 0;
    closed_all = 0;
    mode_known = 0;
    refreshes = 0;
    latency = 0;
    comes = 0;
    mask_before = 0;
    drove = 0;
    refreshed = 0;
    moded = 0;
    opened_any = 0;
    due = 0;
    for (index = 0; index < 4; index = index + 1) begin
      opened[index] = 0;
      closed[index] = 0;
      wrote[index] = 0;
      row[index] = 0;
    end
    for (index = 0; index < 3; index = index + 1) coming[index] = 0;
    for (index = 0; index < WORDS; index = index + 1) written[index] = 0;
    if (PERIOD < CLOCK) violation("clock period");
  end

  always @(posedge clk) begin
    now <= now + 1;
    mask_before <= dqm;
    drove <= comes[0];
    comes <= comes >> 1;
    coming[0] <= coming[1];
    coming[1] <= coming[2];
    if (dq_oe && dq_i !== dq_o && dq_o !== UNKNOWN) violation("bus contention");
    // due: time, in ps, by which the refreshes so far must have been continued.
    if (mode_known && now * PERIOD > due + POSTPONED * TREFI) violation("refresh interval");
    for (index = 0; index < 4; index = index + 1)
      if (open[index] && (now - opened[index]) * PERIOD > OPEN_AT_MOST) violation("tRAS maximum");

    if (!cke) begin
      if (now * PERIOD > POWER_UP) violation("clock enable");
    end else if (!cs_n && command !== NOP) begin
      if (now * PERIOD < POWER_UP) violation("power-up");
      if (refreshes != 0 && early(refreshed, TRFC)) violation("tRFC");
      if (mode_known && now - moded < MODE_CLOCKS) violation("tMRD");
      case (command)
        PRECHARGE: begin
          if (a[10]) closed_all <= 1;
          for (index = 0; index < 4; index = index + 1)
            if (a[10] || ba == index[1:0]) begin
              if (open[index] && early(opened[index], TRAS)) violation("tRAS");
              if (open[index] && early(wrote[index], TWR)) violation("tWR");
              open[index] <= 0;
              if (open[index] || !mode_known) closed[index] <= now;
            end
        end
        REFRESH: begin
          if (!closed_all) violation("power-up");
          if (|open) violation("refresh of an open bank");
          for (index = 0; index < 4; index = index + 1)
            if (early(closed[index], TRP)) violation("tRP");
          if (!(&refreshes)) refreshes <= refreshes + 1;
          refreshed <= now;
          // Refreshes in advance do not count.
          due <= due + TREFI > now * PERIOD ? now * PERIOD + TREFI : due + TREFI;
        end
        MODE: begin
          if (refreshes < 2) violation("power-up");
          if (|open) violation("mode with an open bank");
          for (index = 0; index < 4; index = index + 1)
            if (early(closed[index], TRP)) violation("tRP");
          if (a[2:0] != 0 || a[12:7] != 0 || ba != 0 || (a[6:4] != 2 && a[6:4] != 3))
            violation("mode");
          latency <= a[6:4];
          mode_known <= 1;
          moded <= now;
          if (!mode_known) due <= now * PERIOD + TREFI;
        end
        ACTIVE: begin
          if (!mode_known) violation("power-up");
          if (open[ba]) violation("opening an open bank");
          if (early(closed[ba], TRP)) violation("tRP");
          if (opened[ba] != 0 && early(opened[ba], TRC)) violation("tRC");
          if (opened_any != 0 && early(opened_any, TRRD)) violation("tRRD");
          open[ba] <= 1;
          row[ba] <= a;
          opened[ba] <= now;
          opened_any <= now;
        end
        READ: begin
          if (!open[ba]) violation("read in a closed bank");
          if (early(opened[ba], TRCD)) violation("tRCD");
          if (a[10]) violation("automatic precharge");
          if (beyond) violation("address");
          comes[latency - 1] <= 1;
          coming[latency - 1] <= written[address] ? memory[address] : UNKNOWN;
          if (dqm != 0) violation("mask of a read");
        end
        WRITE: begin
          if (!open[ba]) violation("write in a closed bank");
          if (early(opened[ba], TRCD)) violation("tRCD");
          if (a[10]) violation("automatic precharge");
          if (beyond) violation("address");
          if (comes != 0 || drove) violation("bus turn-around");
          if (^dq_i === 1'bx && dqm == 0) violation("unknown data");
          if (!dqm[0]) memory[address][7:0] <= dq_i[7:0];
          if (!dqm[1]) memory[address][15:8] <= dq_i[15:8];
          if (dqm == 0) written[address] <= 1;
          wrote[ba] <= now;
        end
        default: violation("command");
      endcase
    end
  end
endmodule
