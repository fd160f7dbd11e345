"""Store: data sets in the memory beside a board's FPGA: its chips, and the form of the samples."""
