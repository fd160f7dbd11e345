"""Packing: values of ports as plain Python integers, lists (arrays) and dictionaries (structs).

None in place of any part stands for unknown bits, or for "anything" where values are compared.
"""

from typing import Any

from amaranth.hdl import Shape
from amaranth.lib import data


def width(shape: Any) -> int:
    """Bits of a port of this shape."""
    return Shape.cast(shape).width


def pack(shape: Any, value: Any) -> tuple[int, int]:
    """(word, mask of its unknown bits); the word is 0 where it is unknown.

    Raises:
        ValueError: a number does not fit its field.
    """
    bits = width(shape)
    if value is None:
        return 0, (1 << bits) - 1
    if not isinstance(shape, data.Layout):
        return _pack_number(Shape.cast(shape), int(value)), 0
    word = unknown = 0
    for key, field in shape:
        part, unknown_part = pack(field.shape, value[key])
        word |= part << field.offset
        unknown |= unknown_part << field.offset
    return word, unknown


def unpack(shape: Any, word: int, unknown: int) -> Any:
    """The value of a port; None for every number that has an unknown bit."""
    if isinstance(shape, data.Layout):
        parts = {key: unpack(field.shape, word >> field.offset, unknown >> field.offset)
                 for key, field in shape}
        return list(parts.values()) if isinstance(shape, data.ArrayLayout) else parts
    cast = Shape.cast(shape)
    mask = (1 << cast.width) - 1
    if unknown & mask:
        return None
    word &= mask
    return word - (1 << cast.width) if cast.signed and word >> (cast.width - 1) else word


def matches(found: Any, wanted: Any) -> bool:
    """Whether `found` is `wanted`; a part that is None in `wanted`, or absent, may be anything."""
    if wanted is None:
        return True
    if found is None:
        return False
    if isinstance(wanted, dict):
        return all(matches(found[key], part) for key, part in wanted.items())
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(matches, found, wanted))
    return found == wanted


def _pack_number(shape: Shape, value: int) -> int:
    low = -(1 << (shape.width - 1)) if shape.signed else 0
    if not low <= value < low + (1 << shape.width):
        raise ValueError(f"{value} does not fit {shape!r}")
    return value & ((1 << shape.width) - 1)
