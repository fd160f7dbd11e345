"""cocotb benches, one per block; each runs inside a simulator."""
