"""Running hardware without hardware.

Here emitted Verilog meets the golden model: `runner` compiles it and runs cocotb tests on it in
Icarus Verilog and Verilator, `testbench` has a bench for every block, and `native_engine` runs a
whole engine with no Python in the clock loop. Everything in this room works on emitted Verilog and
on nothing else, so that what is compared is what ships.
"""
