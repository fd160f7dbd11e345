"""Simulation of the emitted hardware, and its comparison with the golden model.

`runner` compiles emitted Verilog and runs cocotb tests on it in Icarus Verilog and Verilator,
`testbench` has a bench for every block, and `native_engine` runs a whole engine with no Python in
the clock loop. All of them work on the emitted Verilog, so the comparison covers what is
shipped; only the simulator "amaranth" runs the component that the Verilog is made from.
"""
