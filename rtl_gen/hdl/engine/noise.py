"""Noise: displacements of devices in states, from their draws."""

from amaranth.hdl import Cat, Const, Mux, Shape, Value, signed, unsigned

from pulsetrain.hdl.library.arithmetic import tree
from pulsetrain.spec.noise import LARGEST_SUM, Scale

SUM = unsigned(LARGEST_SUM.bit_length())
"""The sum of a draw's bytes (`byte_sum`)."""


def byte_sum(draw: Value) -> Value:
    """`golden.generator.byte_sum` of 32 bits."""
    first = Cat(Const(0, 1), draw[1:8])
    return tree([first, *(draw[low:low + 8] for low in (8, 16, 24))])[:SUM.width]


def displacement_shape(scale: Scale) -> Shape:
    """A displacement, -largest..largest."""
    return signed(scale.largest.bit_length() + 1)


def displacement(scale: Scale, total: Value) -> Value:
    """`spec.noise.Scale.displacement` of a sum, with a multiplier of few adders."""
    product = times(total, scale.factor) + scale.offset
    return (product >> (scale.shift - 1))[:displacement_shape(scale).width].as_signed()


def times(value: Value, factor: int) -> Value:
    """`value` * `factor` as sums and differences of shifted values, as few as possible: one for
    each digit -1 or 1 of the factor's non-adjacent form."""
    terms, bit = [], 0
    while factor:
        if factor & 1:
            digit = 2 - factor % 4
            terms.append((value << bit) if digit > 0 else -(value << bit))
            factor -= digit
        factor, bit = factor >> 1, bit + 1
    return tree(terms)


def displaced(state: Value, shift: Value, last: int) -> Value:
    """`state` + `shift`, limited to 0 and `last`; an unsigned state."""
    moved = state + shift
    return Mux(moved < 0, 0, Mux(moved > last, last, moved))[:last.bit_length()]
