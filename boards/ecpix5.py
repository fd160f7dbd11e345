"""ECPIX-5: an ECP5-5G (the faster ECP5) and DDR3; UART over its FT2232H."""

from typing import Any

from pulsetrain.fpga.families import PARTS

from .board import Board, Light


def _platform() -> Any:
    from amaranth_boards.ecpix5 import ECPIX545Platform

    return ECPIX545Platform()


ECPIX5_45F = Board(
    name="ecpix5-45f",
    title="LambdaConcept ECPIX-5 45F",
    part=PARTS["ecp5-5g-45f"],
    platform=_platform,
    baud=6_000_000,
    most_baud=12_000_000,
    activity=Light(resource="rgb_led", number=0, colour="g"),
    error=Light(resource="rgb_led", number=1, colour="r"),
    programmer="openFPGALoader",
    arguments=("--board", "ecpix5"),
)
