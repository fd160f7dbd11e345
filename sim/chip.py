"""Chip: the model of an SDRAM chip at the pins of a controller."""

from dataclasses import fields
from typing import Any

from amaranth.hdl import ClockDomain, ClockSignal, Const, Instance, Module, Mux, Signal, Value

from pulsetrain.hdl.store.sdram import SdramPins
from pulsetrain.store.chips import Chip, Memory


def parameters_of(chip: Chip, period: float, words: int) -> dict[str, int]:
    """The parameters of the model `sdr_sdram` for `chip` at a clock of `period` ns."""
    return {"PERIOD": round(1000 * period), "COLUMN_BITS": chip.column_bits, "WORDS": words,
            **{field.name.upper(): round(1000 * getattr(chip.times, field.name))
               for field in fields(chip.times)}}


def add_chip(m: Module, pins: Any, memory: Memory, parameters: dict[str, int], failed: Signal,
             flips: Value | int = 0) -> None:
    """Connect a chip to the `pins` of the controller of `memory`; `flips` are bits that its answers
    have wrong."""
    if memory.registered:
        pins = _registered(m, pins)
    driven, drives = Signal(16), Signal()
    m.submodules.chip = Instance(
        "sdr_sdram", *(("p", name, Const(value, 64) if value >= 2**31 else value)
                       for name, value in parameters.items()),
        i_clk=~ClockSignal(), i_cke=Const(1), i_cs_n=~pins.cs, i_ras_n=~pins.ras,
        i_cas_n=~pins.cas, i_we_n=~pins.we, i_ba=pins.ba, i_a=pins.a, i_dqm=pins.dqm,
        i_dq_i=Mux(pins.dq_oe, pins.dq_o, driven), o_dq_o=driven, o_dq_oe=drives, o_failed=failed)
    m.d.comb += pins.dq_i.eq(driven ^ flips)


def _registered(m: Module, pins: Any) -> Any:
    """The pins beyond the registers in their cells, of which only that of the input has the falling
    edge."""
    beyond = SdramPins().create()
    m.domains.pins_in = ClockDomain(clk_edge="neg", reset_less=True, local=True)
    m.d.comb += ClockSignal("pins_in").eq(ClockSignal())
    m.d.sync += [getattr(beyond, name).eq(getattr(pins, name))
                 for name in SdramPins().members if name != "dq_i"]
    m.d.pins_in += pins.dq_i.eq(beyond.dq_i)
    return beyond
