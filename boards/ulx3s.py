"""ULX3S: an ECP5 of 12 to 85 thousand look-up tables; UART over its FT231X; 32 MB of SDRAM."""

from dataclasses import replace
from functools import partial
from typing import Any

from pulsetrain.fpga.families import PARTS
from pulsetrain.fpga.floorplan import Sites
from pulsetrain.store.chips import AS4C32M16SB_7, MT48LC16M16A2_75

from .board import Board, Light


def _platform(size: str) -> Any:
    from amaranth_boards.ulx3s import ULX3S_25F_Platform, ULX3S_85F_Platform

    return {"25f": ULX3S_25F_Platform, "85f": ULX3S_85F_Platform}[size]()


_SITES = Sites(
    # All of the LFE5U-85F; the last ten are next to the pins of the SDRAM.
    blocks=(4, 13, 22, 31, 40, 49, 58, 69, 78, 87, 96, 105, 114), usual=10,
    block_rams=((0, "EBR0"), (2, "EBR1"), (4, "EBR2"), (6, "EBR3")),
    multipliers=((0, "MULT18_0"), (1, "MULT18_1"), (4, "MULT18_4"), (5, "MULT18_5")),
    block_ram_rows=(22, 46, 70, 82), multiplier_rows=(10, 34, 58))

ULX3S_25F, ULX3S_85F = (
    Board(
        name=f"ulx3s-{size}",
        title=f"Radiona ULX3S {size.upper()}",
        part=replace(PARTS[f"ecp5-{size}"], store=True, place=(
            f"--{size.removesuffix('f')}k", "--package", "CABGA381", "--speed", "6")),
        platform=partial(_platform, size),
        baud=3_000_000,
        activity=Light(resource="led", number=0),
        error=Light(resource="led", number=1),
        programmer="openFPGALoader",
        arguments=("--board", "ulx3s"),
        chips=(MT48LC16M16A2_75, AS4C32M16SB_7),
        sites=_SITES if size == "85f" else None,
    ) for size in ("25f", "85f"))
