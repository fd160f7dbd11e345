"""Hardware for data sets in the memory beside the FPGA."""
