"""PLLs: the engine's clock from the board's, with the settings and the cell of each family."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from amaranth.hdl import Const, Instance, Module, Signal
from amaranth.lib import io

ICE40_FILTERS = ((17, 1), (26, 2), (44, 3), (66, 4), (101, 5), (133, 6))
"""FILTER_RANGE of an iCE40's PLL, by the MHz that its phase detector stays below."""

GOWIN_OUTPUT_DIVISORS = (2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128)


@dataclass(frozen=True, kw_only=True)
class PllSettings:
    """The MHz that a PLL makes, and the parameters of its cell by which it does."""

    megahertz: float
    parameters: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class PllKind:
    """A family's PLL: `settings` are all that it can do with a clock of some MHz; `add` adds its
    cell behind a clock pin of `megahertz` to a module, and gives its output and its lock."""

    settings: Callable[[float], Iterable[PllSettings]]
    add: Callable[[Module, io.PortLike, float, PllSettings], tuple[Signal, Signal]]


def nearest(family: str, pin_mhz: float, wanted_mhz: float) -> PllSettings:
    """The settings with which a PLL of `family` comes nearest to `wanted_mhz`.

    Raises:
        ValueError: it comes no nearer than a hundredth.
    """
    found = min(PLLS[family].settings(pin_mhz),
                key=lambda settings: abs(settings.megahertz - wanted_mhz))
    if abs(found.megahertz - wanted_mhz) > wanted_mhz / 100:
        raise ValueError(f"clock must be one that the PLL makes of {pin_mhz:g} MHz, such as "
                         f"{found.megahertz:g}, not {wanted_mhz:g} MHz")
    return found


def _ice40_settings(pin_mhz: float) -> Iterable[PllSettings]:
    for divr in range(16):
        detector = pin_mhz / (divr + 1)
        if not 10 <= detector <= 133:
            continue
        filter_range = next(number for limit, number in ICE40_FILTERS if detector <= limit)
        for divf in range(128):
            oscillator = detector * (divf + 1)
            if 533 <= oscillator <= 1066:
                for divq in range(1, 7):
                    yield PllSettings(megahertz=oscillator / 2**divq, parameters={
                        "DIVR": divr, "DIVF": divf, "DIVQ": divq, "FILTER_RANGE": filter_range})


def _add_ice40(m: Module, pin: io.PortLike, pin_mhz: float,
               settings: PllSettings) -> tuple[Signal, Signal]:
    clock, locked = Signal(name="pll_clock"), Signal()
    widths = {"DIVR": 4, "DIVF": 7, "DIVQ": 3, "FILTER_RANGE": 3}
    m.submodules.pll = Instance(
        "SB_PLL40_PAD", p_FEEDBACK_PATH="SIMPLE",
        **{f"p_{name}": Const(value, widths[name]) for name, value in settings.parameters.items()},
        i_PACKAGEPIN=pin.io, i_RESETB=Const(1), i_BYPASS=Const(0), o_PLLOUTGLOBAL=clock,
        o_LOCK=locked)
    return clock, locked


def _ecp5_settings(pin_mhz: float) -> Iterable[PllSettings]:
    for input_divisor in range(1, 129):
        detector = pin_mhz / input_divisor
        if not 3.125 <= detector <= 400:
            continue
        for feedback in range(1, 81):
            output = detector * feedback
            divisor = round(600 / output)  # the middle of what its oscillator can do
            if 1 <= divisor <= 128 and 400 <= output * divisor <= 800:
                yield PllSettings(megahertz=output, parameters={
                    "CLKI_DIV": input_divisor, "CLKFB_DIV": feedback, "CLKOP_DIV": divisor,
                    "CLKOP_CPHASE": divisor // 2})


def _add_ecp5(m: Module, pin: io.PortLike, pin_mhz: float,
              settings: PllSettings) -> tuple[Signal, Signal]:
    m.submodules.clock_pin = buffer = io.Buffer("i", pin)
    clock, locked = Signal(name="pll_clock"), Signal()
    m.submodules.pll = Instance(
        "EHXPLLL", a_ICP_CURRENT="12", a_LPF_RESISTOR="8", a_MFG_ENABLE_FILTEROPAMP="1",
        a_MFG_GMCREF_SEL="2", p_FEEDBK_PATH="CLKOP", p_CLKOP_ENABLE="ENABLED", p_CLKOP_FPHASE=0,
        **{f"p_{name}": value for name, value in settings.parameters.items()},
        i_CLKI=buffer.i, i_CLKFB=clock, i_RST=Const(0), i_STDBY=Const(0), i_PHASESEL0=Const(0),
        i_PHASESEL1=Const(0), i_PHASEDIR=Const(1), i_PHASESTEP=Const(1), i_PHASELOADREG=Const(1),
        i_PLLWAKESYNC=Const(0), i_ENCLKOP=Const(0), o_CLKOP=clock, o_LOCK=locked)
    return clock, locked


def _gowin_settings(pin_mhz: float) -> Iterable[PllSettings]:
    for input_divisor in range(64):
        detector = pin_mhz / (input_divisor + 1)
        if not 3 <= detector <= 400:
            continue
        for feedback in range(64):
            output = detector * (feedback + 1)
            divisor = min(GOWIN_OUTPUT_DIVISORS, key=lambda by: abs(output * by - 800))
            if 3.125 < output < 600 and 400 < output * divisor < 1200:
                yield PllSettings(megahertz=output, parameters={
                    "IDIV_SEL": input_divisor, "FBDIV_SEL": feedback, "ODIV_SEL": divisor})


def _add_gowin(m: Module, pin: io.PortLike, pin_mhz: float,
               settings: PllSettings) -> tuple[Signal, Signal]:
    m.submodules.clock_pin = buffer = io.Buffer("i", pin)
    clock, locked = Signal(name="pll_clock"), Signal()
    m.submodules.pll = Instance(
        "rPLL", p_FCLKIN=f"{pin_mhz:g}",
        **{f"p_{name}": value for name, value in settings.parameters.items()},
        i_CLKIN=buffer.i, i_RESET=Const(0), i_RESET_P=Const(0), i_CLKFB=Const(0),
        i_FBDSEL=Const(0, 6), i_IDSEL=Const(0, 6), i_ODSEL=Const(0, 6), i_PSDA=Const(0, 4),
        i_DUTYDA=Const(0, 4), i_FDLY=Const(0, 4), o_CLKOUT=clock, o_LOCK=locked)
    return clock, locked


PLLS = {"ecp5": PllKind(settings=_ecp5_settings, add=_add_ecp5),
        "gowin": PllKind(settings=_gowin_settings, add=_add_gowin),
        "ice40": PllKind(settings=_ice40_settings, add=_add_ice40)}
"""The PLL of each family. The ranges are the data sheets', as icepll, ecppll and gowin_pll have
them."""
