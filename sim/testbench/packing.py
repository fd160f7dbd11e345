"""Packing: values of a component's ports with unknown bits, on top of `formats`.

A value is what `formats.struct` packs: a number, a list (array) or a dictionary (struct). None
instead of any part stands for unknown bits, or for "anything" when values are compared. A bench
drives the ports of every block. Those that are not ports of an engine have no format but that of
the component: `format_of` takes it from the port's shape.
"""

from typing import Any

from amaranth.hdl import Shape
from amaranth.lib import data

from pulsetrain.formats.struct import Array, Format, Number, struct


def format_of(shape: Any) -> Format:
    """The format of a port of this shape."""
    if isinstance(shape, data.StructLayout):
        return struct(*((name, format_of(field.shape), "") for name, field in shape))
    if isinstance(shape, data.ArrayLayout):
        return Array(format_of(shape.elem_shape), shape.length)
    cast = Shape.cast(shape)
    return Number(cast.width, cast.signed)


def pack(form: Format, value: Any) -> tuple[int, int]:
    """(word, mask of its unknown bits); the word is 0 where it is unknown.

    Raises:
        ValueError: a number does not fit its field.
    """
    if value is None:
        return 0, (1 << form.bits) - 1
    if type(form) is Number:  # most are: asking an abstract class takes longer
        return form.pack(value), 0
    if isinstance(form, Array):
        if len(value) != form.length:
            raise ValueError(f"must have {form.length} entries, not {len(value)}")
        parts = [(index * form.element.bits, form.element, part)
                 for index, part in enumerate(value)]
    else:
        parts = [(field.offset, field.format, value[field.name]) for field in form.fields]
    word = unknown = 0
    for offset, part_form, part in parts:
        part_word, part_unknown = pack(part_form, part)
        word |= part_word << offset
        unknown |= part_unknown << offset
    return word, unknown


def unpack(form: Format, word: int, unknown: int) -> Any:
    """The value of a port; None for every number that has an unknown bit."""
    value = form.unpack(word)
    return _masked(value, form.unpack(unknown)) if unknown else value


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


def _masked(value: Any, unknown: Any) -> Any:
    """`value` with None for every number that is not 0 in `unknown`."""
    if isinstance(value, dict):
        return {name: _masked(part, unknown[name]) for name, part in value.items()}
    if isinstance(value, list):
        return list(map(_masked, value, unknown))
    return None if unknown else value
