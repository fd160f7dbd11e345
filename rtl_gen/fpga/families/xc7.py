"""7 series by AMD (Xilinx): Yosys synthesises counts and netlists, Vivado builds bitstreams."""

from collections.abc import Iterable

from pulsetrain.protocol import Windows

from ..family import Family, FitLine, NetlistModels, Part, Pll, PllSettings, Synthesis
from ..memories import MemoryCells
from ..vivado import VIVADO


def _pll_settings(pin_mhz: float) -> Iterable[PllSettings]:
    """All settings of a PLLE2 for a clock, in the slowest speed grade; the ranges are those of
    AMD's data sheet DS181 and user guide UG472."""
    if not 19 <= pin_mhz <= 800:
        return
    for input_divisor in range(1, 57):
        if not 19 <= pin_mhz / input_divisor <= 450:
            continue
        for feedback in range(2, 65):
            oscillator = pin_mhz * feedback / input_divisor
            if not 800 <= oscillator <= 1600:
                continue
            for divisor in range(1, 129):
                output = oscillator / divisor
                if 6.25 <= output <= 464:  # the most of a global clock buffer
                    yield PllSettings(megahertz=output, parameters={
                        "DIVCLK_DIVIDE": input_divisor, "CLKFBOUT_MULT": feedback,
                        "CLKOUT0_DIVIDE": divisor})


_LUT_MEMORIES = {"RAM32M": 4, "RAM64M": 4, "RAM32X1D": 2, "RAM64X1D": 2, "RAM128X1D": 4,
                 "SRL16E": 1, "SRLC32E": 1}
"""The look-up tables that each memory made of them takes."""

FAMILY = Family(
    name="xc7",
    synthesis=Synthesis(
        command="synth_xilinx -family xc7 -noiopad -noclkbuf",
        # An upper bound: Vivado puts two look-up tables that share five inputs into one.
        cells={**{f"LUT{inputs}": {"lut6": 1} for inputs in range(1, 7)},
               **{cell: {"lut6": taken} for cell, taken in _LUT_MEMORIES.items()},
               "RAMB18E1": {"block_ram": 1}, "RAMB36E1": {"block_ram": 2},
               "DSP48E1": {"dsp": 1}},
        flip_flop="FD"),
    models=NetlistModels(library=("xilinx/cells_sim.v",), ours=("xc7.v",)),
    vendor=VIVADO,
    pll=Pll(
        settings=_pll_settings,
        cell="PLLE2_BASE",
        period="CLKIN1_PERIOD",
        clock="CLKIN1",
        feedback="CLKFBIN",
        feedback_output="CLKFBOUT",
        inputs={"RST": (0, 1), "PWRDWN": (0, 1)},
        output="CLKOUT0",
        buffer="BUFG",
        lock="LOCKED"),
    memories=MemoryCells(
        block_shapes=((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1)),
        table_bits=3000,
        lut_shapes=((32, 6), (64, 3)), luts=4,
        luts_per_block=17),
    line=FitLine(base=2050, lane=57, weight_bit=12, bank=0.2, hash=95, base_ff=1950, lane_ff=165,
                 bank_ff=1),
    windows=Windows(commands=8192, answers=4096),
)

PARTS = (
    # A block RAM is one of 18 Kibit; two share a cell of 36.
    Part(name="xc7a35t", family=FAMILY,
         totals={"lut6": 20_800, "ff": 41_600, "block_ram": 100, "dsp": 90}),
    Part(name="xc7a100t", family=FAMILY,
         totals={"lut6": 63_400, "ff": 126_800, "block_ram": 270, "dsp": 240}),
    Part(name="xc7z020", family=FAMILY,
         totals={"lut6": 53_200, "ff": 106_400, "block_ram": 280, "dsp": 220}),
)
