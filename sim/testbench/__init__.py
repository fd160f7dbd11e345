"""cocotb benches, one a block; each runs inside a simulator."""
