"""From Verilog to a bitstream: FPGA families, their parts, and the tool flow for all of them."""
