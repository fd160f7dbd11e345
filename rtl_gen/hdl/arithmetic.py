"""Every rounding and saturation of `rtl_gen.golden.arithmetic`, as Amaranth expressions."""

from collections.abc import Callable
from operator import add

from amaranth.hdl import Mux, Value


def floor_shift(value: Value, shift: int) -> Value:
    """Shift right, rounding down; keeps the signedness."""
    return value >> shift


def truncate_shift(value: Value, shift: int) -> Value:
    """Shift right, rounding towards zero: what is below zero is rounded up."""
    return (value + Mux(value < 0, (1 << shift) - 1, 0)) >> shift


def clamp(value: Value, low: int, high: int) -> Value:
    """The nearest value in low..high to a signed one; `high` is 2^k - 1, `low` is 0 or -high.

    Only bits are looked at: a comparison with a number would be a carry chain.
    """
    bits = high.bit_length()
    negative = value < 0
    too_high = ~negative & value[bits:].any()
    too_low = negative if low == 0 else negative & ~(value[bits:].all() & value[:bits].any())
    return Mux(too_low, low, Mux(too_high, high, value))


def saturate(value: Value, limit: int) -> Value:
    """The nearest value in -limit..limit; `limit` is 2^k - 1."""
    return clamp(value, -limit, limit)


def by_layer(select: Value, values: list[Value | int]) -> Value:
    """values[select], `select` counting layers from 0; a constant where all values are one.

    A chain of two-way multiplexers: a network has a handful of layers.
    """
    result = values[-1]
    if all(isinstance(value, int) for value in values) and len(set(values)) == 1:
        return Value.cast(result)
    for place, value in reversed(list(enumerate(values[:-1]))):
        result = Mux(select == place, value, result)
    return result


def tree(terms: list[Value], combine: Callable[[Value, Value], Value] = add) -> Value:
    """All terms combined in a balanced tree: sums grow by one bit a level."""
    while len(terms) > 1:
        terms = tree_level(terms, combine)
    return terms[0]


def tree_level(terms: list[Value], combine: Callable[[Value, Value], Value] = add) -> list[Value]:
    """One level of `tree`; an odd term goes on unchanged."""
    paired = [combine(low, high) for low, high in zip(terms[::2], terms[1::2], strict=False)]
    return paired + terms[2 * len(paired):]
