"""Rounding and saturation of the golden model, as Amaranth expressions.

Single bits decide whether a value is out of range: a comparison would be a carry chain.
"""

from collections.abc import Callable
from operator import add

from amaranth.hdl import Mux, Value


def activate(value: Value, shift: int, offset: int, bits: int) -> Value:
    """`golden.activation.activate` of a signed sum; an activation has `bits` bits.

    `offset` is 0 or 2^(bits - 1); adding the latter inverts one bit.
    """
    shifted = value >> shift
    negative = value < 0
    if not offset:
        return Mux(negative, 0, Mux(shifted[bits:].any(), (1 << bits) - 1, shifted[:bits]))
    upper = shifted[bits - 1:]
    fits = upper.all() | ~upper.any()
    return Mux(fits, (shifted ^ offset)[:bits], (~negative).replicate(bits))


def is_active(value: Value, shift: int, offset: int) -> Value:
    """Whether `golden.activation.activate` of a signed sum is above 0.

    `offset` is 0 or 2^(bits - 1), as for `activate`.
    """
    shifted, negative = value >> shift, value < 0
    if not offset:
        return ~negative & shifted.any()
    bits = offset.bit_length() - 1
    return ~negative | (shifted[bits:].all() & shifted[:bits].any())


def saturate(value: Value, shift: int, limit: int) -> Value:
    """The nearest value in -limit..limit to a signed one, shifted right, rounding towards zero.

    `limit` is 2^k - 1. The bits of the value before rounding decide whether the result fits, so
    that this does not wait for the rounding.
    """
    bits = limit.bit_length()
    negative = value < 0
    rounded = (value + Mux(negative, (1 << shift) - 1, 0)) >> shift
    upper, lower = value[shift + bits:], value[:shift + bits]
    fits = Mux(negative, upper.all() & lower.any(), ~upper.any())
    return Mux(fits, rounded[:bits + 1].as_signed(), Mux(negative, -limit, limit))


def by_layer(select: Value, values: list[Value | int]) -> Value:
    """values[select], where `select` is a layer, from 0; a constant where all values are equal.

    A chain of two-way multiplexers: a network has a handful of layers.
    """
    result = values[-1]
    if all(isinstance(value, int) for value in values) and len(set(values)) == 1:
        return Value.cast(result)
    for layer, value in reversed(list(enumerate(values[:-1]))):
        result = Mux(select == layer, value, result)
    return result


def selected(index: Value, values: list[Value]) -> Value:
    """values[index], a tree of multiplexers."""
    for bit in index:
        pairs = zip(values[::2], values[1::2], strict=False)
        values = [Mux(bit, high, low) for low, high in pairs] + values[len(values) // 2 * 2:]
    return values[0]


def tree(terms: list[Value], combine: Callable[[Value, Value], Value] = add) -> Value:
    """All terms combined in a balanced tree; sums grow by one bit per level."""
    while len(terms) > 1:
        terms = tree_level(terms, combine)
    return terms[0]


def tree_level(terms: list[Value], combine: Callable[[Value, Value], Value] = add) -> list[Value]:
    """One level of `tree`; the last of an odd number of terms stays unchanged."""
    paired = [combine(low, high) for low, high in zip(terms[::2], terms[1::2], strict=False)]
    return paired + terms[2 * len(paired):]
