"""Arty A7 by Digilent: an Artix-7 of 21 or 63 thousand look-up tables; UART over its FT2232HQ."""

from functools import partial
from typing import Any

from pulsetrain.fpga.families import PARTS

from .board import Board, Light
from .rtlil import with_rtlil


def _platform(size: str) -> Any:
    from amaranth_boards.arty_a7 import ArtyA7_35Platform, ArtyA7_100Platform

    return with_rtlil({"35": ArtyA7_35Platform, "100": ArtyA7_100Platform}[size])()


ARTY_A7_35, ARTY_A7_100 = (
    Board(
        name=f"arty-a7-{size}",
        title=f"Digilent Arty A7-{size}T",
        part=PARTS[f"xc7a{size}t"],
        platform=partial(_platform, size),
        baud=6_000_000,
        most_baud=12_000_000,
        activity=Light(resource="led", number=0),
        error=Light(resource="led", number=1),
        programmer="openFPGALoader",
        arguments=("--board", f"arty_a7_{size}t"),
    ) for size in ("35", "100"))
