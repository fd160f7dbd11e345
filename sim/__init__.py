"""Running hardware without hardware.

Here emitted Verilog meets the golden model: `runner` compiles it and runs cocotb tests on it in
Icarus Verilog and Verilator, `bench` holds one bench a block, and `native` runs a whole engine
with no Python in the clock loop. Everything in this room works on what `rtl_gen` emitted and on
nothing else, so that what is compared is what ships.
"""
