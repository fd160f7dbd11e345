"""Limits: whether a value is one that an engine can hold."""

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import data

from pulsetrain.formats import engine as formats
from pulsetrain.spec import Config
from pulsetrain.spec.memories import slices

from .layout import layout


def is_below(value: Value, limit: int) -> Value:
    """Whether `value` is below `limit`; no logic is built if its bits cannot hold more."""
    return Const(1) if limit == 1 << len(value) else value < limit


def is_outside(value: Value, least: int, most: int) -> Value:
    """Whether `value` is not in `least`..`most`, where `least` is small."""
    bits = most.bit_length()
    return (value[bits:].any() | ~is_below(value[:bits], most + 1)
            | value.matches(*range(least)))


def refuses_slice(m: Module, config: Config, item: Value, is_last: Value) -> Value:
    """Whether the slice in the bits of `item` holds a state that no device has, or a spare bit;
    two cycles later.

    Only the last slice of a row can have spare bits.
    """
    form, states = formats.row_slice(config), config.design.states
    used = len(slices(config)[-1]) * formats.pair(config).bits
    pairs = data.View(layout(form), item[:form.bits])
    wrong = Signal(1 + len(slices(config)[0]), name="wrong_in_slice")
    refused = Signal(name="refuses_slice")
    m.d.sync += [
        wrong.eq(Cat(is_last & item[used:].any(), *(
            ~(is_below(pair.plus, states) & is_below(pair.minus, states)) for pair in pairs))),
        refused.eq(wrong.any()),
    ]
    return refused
