"""The boards that Pulsetrain builds for, one file each: pins, clock, link, programmer.

A board is data; the tool flow is in `fpga`, and the top around the engine is the same for all.
"""
