"""ULX3S: an ECP5 of 12 to 85 thousand look-up tables; UART over its FT231X."""

from dataclasses import replace

from amaranth_boards.ulx3s import ULX3S_25F_Platform, ULX3S_85F_Platform

from pulsetrain.fpga.families import PARTS

from .board import Board, Light

ULX3S_25F, ULX3S_85F = (
    Board(
        name=f"ulx3s-{size}",
        title=f"Radiona ULX3S {size.upper()}",
        part=replace(PARTS[f"ecp5-{size}"], place=(
            f"--{size.removesuffix('f')}k", "--package", "CABGA381", "--speed", "6")),
        platform=platform,
        baud=3_000_000,
        activity=Light(resource="led", number=0),
        error=Light(resource="led", number=1),
        programmer="openFPGALoader",
        arguments=("--board", "ulx3s"),
    ) for size, platform in (("25f", ULX3S_25F_Platform), ("85f", ULX3S_85F_Platform)))
