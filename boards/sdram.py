"""SDRAM: the pins of a board's memory chip, with registers in their cells."""

from typing import Any

from amaranth.hdl import Const, Module, Value
from amaranth.lib import io

from pulsetrain.fpga.family import Family, PinRegister
from pulsetrain.fpga.pin_cells import add_inverted_clock, add_pin_registers

RESOURCE = "sdram"
"""The resource in amaranth-boards; its number is 0."""

COMMANDS = ("cs", "ras", "cas", "we", "ba", "a", "dqm")
"""The outputs of a controller (`hdl.store.sdram.SdramPins`), named as the pins of the resource."""


def add_sdram(m: Module, family: Family, port: Any, pins: Any) -> None:
    """Connect the `pins` of a controller to the `port` of a chip, with the cells of `family`.

    The chip's clock is the inverse of the controller's, and is made by a register for both edges.
    Everything else passes a register: to the chip at the rising edge, from it at the falling one.
    """
    register = family.pin_register
    m.submodules.sdram_clk = clock = io.Buffer("o", port.clk)
    m.d.comb += clock.o.eq(add_inverted_clock(m, family.pin_clock, "sdram_clk_o"))
    # The first clock enables the chip, which then sees commands that are none.
    _add_output(m, register, port.clk_en, "clk_en", Const(1), 0)
    for name in COMMANDS:
        value = getattr(pins, name)
        _add_output(m, register, getattr(port, name), name, value, value.init)
    driven = add_pin_registers(m, register, "sdram_dq_o", pins.dq_o)
    released = add_pin_registers(m, register, "sdram_dq_t", (~pins.dq_oe).replicate(len(port.dq)),
                                 initial=(1 << len(port.dq)) - 1)
    for bit in range(len(port.dq)):
        m.submodules[f"sdram_dq_{bit}"] = buffer = io.Buffer("io", port.dq[bit])
        m.d.comb += [buffer.o.eq(driven[bit]), buffer.oe.eq(~released[bit])]
        m.d.comb += pins.dq_i[bit].eq(add_pin_registers(
            m, register, f"sdram_dq_i{bit}", buffer.i, falling=True))


def _add_output(m: Module, register: PinRegister, port: io.PortLike, name: str, value: Value,
                initial: int) -> None:
    """A register of `value` at an output; if the pin is active when low, the inverter is before the
    register."""
    inverted = all(port.invert)
    m.submodules[f"sdram_{name}"] = buffer = io.Buffer("o", ~port if inverted else port)
    mask = (1 << len(port)) - 1 if inverted else 0
    m.d.comb += buffer.o.eq(add_pin_registers(
        m, register, f"sdram_{name}_o", value ^ mask, initial=initial ^ mask))
