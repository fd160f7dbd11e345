"""iCEBreaker: an iCE40UP5K with four single-port RAMs; UART over its FT2232H."""

from typing import Any

from pulsetrain.fpga.families import PARTS

from .board import Board, Light


def _platform() -> Any:
    from amaranth_boards.icebreaker import ICEBreakerPlatform

    return ICEBreakerPlatform()


ICEBREAKER = Board(
    name="icebreaker",
    title="1BitSquared iCEBreaker",
    part=PARTS["ice40up5k"],
    platform=_platform,
    baud=6_000_000,
    most_baud=12_000_000,
    activity=Light(resource="led_g"),
    error=Light(resource="led_r"),
    programmer="iceprog",
)
