"""Processor board: what a build must know about a board with a Zynq, as data."""

from dataclasses import dataclass

from pulsetrain.fpga.family import Part


@dataclass(frozen=True, kw_only=True)
class ProcessorBoard:
    """A board whose FPGA has a processor, which reaches the engine over AXI.

    `device` is Vivado's name of the FPGA, `preset` that of the board, with which Vivado sets up the
    processor if it knows the board.
    """

    name: str
    title: str
    part: Part
    device: str
    preset: str
