"""Parts: FPGAs as data, for synthesis, place and route."""

from dataclasses import dataclass

RESOURCES = ("lut4", "ff", "block_ram", "dsp")
"""What is counted: look-up tables of four inputs, flip-flops, block RAMs, multipliers."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One FPGA.

    `family` is "ecp5", "gowin" or "ice40". `place` are the arguments that tell its nextpnr which
    die, package and speed grade, `pack` those that tell its packer which die. `totals` holds what
    the part has of each of `RESOURCES`, and of single-port RAMs (`spram`) where it has any.
    """

    name: str
    family: str
    place: tuple[str, ...]
    totals: dict[str, int]
    pack: tuple[str, ...] = ()


PARTS = {part.name: part for part in (
    Part(name="ecp5-25f", family="ecp5",
         place=("--25k", "--package", "CABGA381", "--speed", "6"),
         totals={"lut4": 24_288, "ff": 24_288, "block_ram": 56, "dsp": 28}),
    Part(name="ecp5-85f", family="ecp5",
         place=("--85k", "--package", "CABGA756", "--speed", "6"),
         totals={"lut4": 83_640, "ff": 83_640, "block_ram": 208, "dsp": 156}),
    Part(name="ecp5-5g-45f", family="ecp5",
         place=("--um5g-45k", "--package", "CABGA554", "--speed", "8"),
         totals={"lut4": 43_848, "ff": 43_848, "block_ram": 108, "dsp": 72}),
    Part(name="gw1nr-9c", family="gowin",
         place=("--device", "GW1NR-LV9QN88PC6/I5", "--vopt", "family=GW1N-9C"),
         totals={"lut4": 8_640, "ff": 6_480, "block_ram": 26, "dsp": 20},
         pack=("-d", "GW1N-9C")),
    Part(name="ice40up5k", family="ice40",
         place=("--up5k", "--package", "sg48"),
         totals={"lut4": 5_280, "ff": 5_280, "block_ram": 30, "dsp": 8, "spram": 4}),
)}
