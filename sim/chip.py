"""Chip: the model of an SDRAM chip at the pins of a controller."""

from dataclasses import fields
from typing import Any

from amaranth.hdl import ClockSignal, Const, Instance, Module, Mux, Signal, Value

from pulsetrain.store.chips import Chip


def parameters_of(chip: Chip, period: float, words: int) -> dict[str, int]:
    """The parameters of the model `sdr_sdram` for `chip` at a clock of `period` ns."""
    return {"PERIOD": round(1000 * period), "COLUMN_BITS": chip.column_bits, "WORDS": words,
            **{field.name.upper(): round(1000 * getattr(chip.times, field.name))
               for field in fields(chip.times)}}


def add_chip(m: Module, pins: Any, parameters: dict[str, int], failed: Signal,
             flips: Value | int = 0) -> None:
    """Connect a chip to the `pins` of a controller; `flips` are bits that its answers have wrong.
    """
    driven, drives = Signal(16), Signal()
    m.submodules.chip = Instance(
        "sdr_sdram", *(("p", name, Const(value, 64) if value >= 2**31 else value)
                       for name, value in parameters.items()),
        i_clk=~ClockSignal(), i_cke=Const(1), i_cs_n=~pins.cs, i_ras_n=~pins.ras,
        i_cas_n=~pins.cas, i_we_n=~pins.we, i_ba=pins.ba, i_a=pins.a, i_dqm=pins.dqm,
        i_dq_i=Mux(pins.dq_oe, pins.dq_o, driven), o_dq_o=driven, o_dq_oe=drives, o_failed=failed)
    m.d.comb += pins.dq_i.eq(driven ^ flips)
