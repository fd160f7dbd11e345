"""Array: a layout of equal elements whose names are safe for synthesis."""

from amaranth.lib import data


class ArrayLayout(data.ArrayLayout):
    """Amaranth's `ArrayLayout`, except that the elements of `a` are named `a.0`, `a.1` in the
    netlist, as the fields of a struct are.

    Amaranth's own names are `a[0]`, `a[1]`. ABC9 gives the bits of `a` the same names, and takes
    bit 3 of `a` for bit 0 of `a[3]`: Yosys 0.70 stops with an assertion, or does not notice.
    """

    format = data.Layout.format
