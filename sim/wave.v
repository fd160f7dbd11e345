// Records every signal of the engine while `recording` is high, into the file of `+wave=FILE`.
module pulsetrain_wave;
  reg recording = 0;
  string file;

  initial begin
    @(posedge recording);
    if ($value$plusargs("wave=%s", file)) $dumpfile(file);
    $dumpvars(0, ENGINE);
    forever begin
      @(negedge recording) $dumpoff;
      @(posedge recording) $dumpon;
    end
  end
endmodule
