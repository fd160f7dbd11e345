// The smallest surroundings of an emitted engine: `pulsetrain generate digits -o engine`, then
//
//   iverilog -g2012 -o learn docs/example/learn_one_sample.v engine/pulsetrain.v && vvp learn
//
// Writes one row of synapses, lets the engine run, sends one training sample of three events
// twice, and prints both results. Port widths and field places are in engine/manifest.json.
`timescale 1ns / 1ps

module learn_one_sample;
  reg clk = 0, rst = 1;
  always #5 clk = ~clk;

  // One event: {train, label[3:0], last, value[7:0], index[5:0]}.
  reg  [19:0]  sample = 0;
  reg          sample_valid = 0;
  wire         sample_ready;

  wire [37:0]  result;  // {cycles[31:0], train, error, class[3:0]}
  wire         result_valid;

  // One request: {pairs[127:0], address[8:0], write}.
  reg  [137:0] host = 0;
  reg          host_valid = 0;
  wire         host_ready;

  reg  [3:0]   address = 0;
  reg          write = 0;
  reg  [31:0]  write_data = 0;
  wire [31:0]  read_data;
  wire         bus_ready;

  pulsetrain engine (
    .clk(clk), .rst(rst),
    .i_sample__payload(sample), .i_sample__valid(sample_valid), .i_sample__ready(sample_ready),
    .o_result__payload(result), .o_result__valid(result_valid), .o_result__ready(1'b1),
    .i_host__payload(host), .i_host__valid(host_valid), .i_host__ready(host_ready),
    .o_host__payload(), .o_host__valid(), .o_host__ready(1'b1),
    .bus__address(address), .bus__write(write), .bus__write_data(write_data),
    .bus__ready(bus_ready), .bus__read_data(read_data),
    .probe_sum(), .probe_delta());

  task write_register(input [3:0] register, input [31:0] value);
    begin
      address <= register; write_data <= value; write <= 1;
      @(posedge clk) while (!bus_ready) @(posedge clk);
      write <= 0;
    end
  endtask

  task write_row(input [8:0] row_address, input [127:0] row);
    begin
      host <= {row, row_address, 1'b1}; host_valid <= 1;
      @(posedge clk) while (!host_ready) @(posedge clk);
      host_valid <= 0;
    end
  endtask

  task send(input [5:0] index, input [7:0] value, input last);
    begin
      sample <= {1'b1, 4'd3, last, value, index}; sample_valid <= 1;
      @(posedge clk) while (!sample_ready) @(posedge clk);
      sample_valid <= 0;
    end
  endtask

  integer sent;
  initial begin
    repeat (16) @(posedge clk);
    rst <= 0;
    @(posedge clk);
    write_row(9'd0, {8{8'd1, 8'd9}});      // input 0: s- = 1, s+ = 9 in all eight lanes
    write_register(4'd4, 32'd1);           // mode: run
    for (sent = 0; sent < 2; sent = sent + 1) begin
      send(6'd0, 8'd200, 1'b0);
      send(6'd9, 8'd255, 1'b0);
      send(6'd63, 8'd31, 1'b1);
    end
  end

  integer received = 0;
  always @(posedge clk) if (result_valid) begin
    $display("class %0d, %0s, %0d cycles", result[3:0], result[4] ? "missed" : "right",
             result[37:6]);
    received = received + 1;
    if (received == 2) $finish;
  end
endmodule
