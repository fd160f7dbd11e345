"""From Verilog to a bitstream: FPGA families, their parts, and the tools that serve them."""
