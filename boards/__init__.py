"""The boards that Pulsetrain builds for, one file each: pins, clock, link, programmer.

A board is only data; the tool flow is in `fpga`, and all boards share the design in `top`.
"""
