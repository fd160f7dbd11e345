"""PLLs: the settings that make the engine's clock from the board's, and the cell in a design."""

from amaranth.hdl import Const, Instance, Module, Signal
from amaranth.lib import io

from .family import Pll, PllSettings

TOLERANCE = 0.01
"""Largest deviation of the clock from the requested one, as a share of it."""


def nearest(pll: Pll, pin_mhz: float, wanted_mhz: float) -> PllSettings:
    """The settings with which `pll` makes a clock nearest to `wanted_mhz`.

    Raises:
        ValueError: no clock is within `TOLERANCE`.
    """
    found = min(pll.settings(pin_mhz), default=None,
                key=lambda settings: abs(settings.megahertz - wanted_mhz))
    if found is None:
        raise ValueError(f"clock of the board must be one that its PLL takes, not {pin_mhz:g} MHz")
    if abs(found.megahertz - wanted_mhz) > TOLERANCE * wanted_mhz:
        raise ValueError(f"clock must be one that the PLL makes from {pin_mhz:g} MHz, such as "
                         f"{found.megahertz:g}, not {wanted_mhz:g} MHz")
    return found


def add_pll(m: Module, pll: Pll, pin: io.PortLike, pin_mhz: float,
            settings: PllSettings) -> tuple[Signal, Signal]:
    """Add the cell of `pll`, behind the clock pin `pin` of `pin_mhz`, to the module `m`.

    Returns:
        The clock that it makes, and a signal that is high while the PLL is locked.
    """
    made, locked = Signal(name="pll_clock"), Signal()
    if pll.takes_pin:
        pin_clock = pin.io
    else:
        m.submodules.clock_pin = buffer = io.Buffer("i", pin)
        pin_clock = buffer.i
    parameters = dict(pll.parameters)
    if pll.frequency:
        parameters[pll.frequency] = f"{pin_mhz:g}"
    if pll.period:
        parameters[pll.period] = 1000 / pin_mhz
    for name, value in settings.parameters.items():
        parameters[name] = Const(value, pll.widths[name]) if name in pll.widths else value
    inputs = {name: Const(value, width) for name, (value, width) in pll.inputs.items()}
    outputs = {pll.output: made, pll.lock: locked}
    if pll.feedback_output:
        outputs[pll.feedback_output] = Signal(name="pll_feedback")
    if pll.feedback:
        inputs[pll.feedback] = outputs.get(pll.feedback_output, made)
    m.submodules.pll = Instance(
        pll.cell,
        **{f"a_{name}": value for name, value in pll.attributes.items()},
        **{f"p_{name}": value for name, value in parameters.items()},
        **{f"i_{name}": value for name, value in {pll.clock: pin_clock, **inputs}.items()},
        **{f"o_{name}": value for name, value in outputs.items()})
    if not pll.buffer:
        return made, locked
    clock = Signal(name="buffered_clock")
    m.submodules.clock_buffer = Instance(pll.buffer, i_I=made, o_O=clock)
    return clock, locked
