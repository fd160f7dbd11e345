"""PYNQ-Z2 by TUL: a Zynq 7020, whose processor runs Linux and Python beside the engine."""

from pulsetrain.fpga.families import PARTS

from .processor import ProcessorBoard

PYNQ_Z2 = ProcessorBoard(
    name="pynq-z2",
    title="TUL PYNQ-Z2",
    part=PARTS["xc7z020"],
    device="xc7z020clg400-1",
    preset="tul.com.tw:pynq-z2:part0:1.0",
)
