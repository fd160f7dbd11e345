"""The boards that Pulsetrain builds for, one board a file: pins, clock, link, programmer.

A board holds no logic; builds and their reports are the same code for all of them.
"""
