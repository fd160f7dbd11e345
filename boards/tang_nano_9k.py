"""Tang Nano 9K: a Gowin GW1NR-9C; UART over its BL702."""

from typing import Any

from pulsetrain.fpga.families import PARTS

from .board import Board, Light


def _platform() -> Any:
    from amaranth_boards.tang_nano_9k import TangNano9kPlatform

    return TangNano9kPlatform(toolchain="Apicula")


TANG_NANO_9K = Board(
    name="tang-nano-9k",
    title="Sipeed Tang Nano 9K",
    part=PARTS["gw1nr-9c"],
    platform=_platform,
    baud=1_000_000,
    activity=Light(resource="led", number=0),
    error=Light(resource="led", number=1),
    programmer="openFPGALoader",
    arguments=("--board", "tangnano9k"),
)
