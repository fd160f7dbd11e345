"""Tang Nano 9K: a Gowin GW1NR-9C; UART over its BL702."""

from amaranth_boards.tang_nano_9k import TangNano9kPlatform

from pulsetrain.fpga.families import PARTS

from .board import Board, Light

TANG_NANO_9K = Board(
    name="tang-nano-9k",
    title="Sipeed Tang Nano 9K",
    part=PARTS["gw1nr-9c"],
    platform=lambda: TangNano9kPlatform(toolchain="Apicula"),
    baud=1_000_000,
    activity=Light(resource="led", number=0),
    error=Light(resource="led", number=1),
    programmer="openFPGALoader",
    arguments=("--board", "tangnano9k"),
)
