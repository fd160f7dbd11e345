"""Layout: a declared format as an Amaranth shape."""

from amaranth.hdl import Shape
from amaranth.lib import data

from pulsetrain.formats.struct import Array, Format, Number, Struct

from .array import ArrayLayout


def layout(form: Format) -> Shape | data.Layout:
    """The shape of `form`, bit for bit: a layout if it is an array or a struct."""
    match form:
        case Number():
            return Shape(form.bits, form.signed)
        case Array():
            return ArrayLayout(layout(form.element), form.length)
        case Struct():
            return data.StructLayout({field.name: layout(field.format) for field in form.fields})
    raise TypeError(f"a format must be a Number, an Array or a Struct, not {form!r}")
