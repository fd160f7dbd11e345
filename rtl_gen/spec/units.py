"""Conductances in units for people."""

from math import floor, log10

_PREFIXES = {0: "S", -3: "mS", -6: "\N{MICRO SIGN}S", -9: "nS", -12: "pS", -15: "fS"}


def unit_of(siemens: float) -> tuple[float, str]:
    """(size in siemens, name) of the unit in which `siemens`, rounded to three digits, is 1 to 999;
    S for 0, for 1000 S or more, and for less than 1 fS."""
    size = float(f"{abs(siemens):.3g}")
    exponent = 3 * floor(log10(size) / 3) if size else 0
    if exponent not in _PREFIXES:
        exponent = 0
    return 10.0**exponent, _PREFIXES[exponent]


def conductance(siemens: float) -> str:
    """`siemens` with three digits and a prefix, such as "38.5 nS"."""
    scale, name = unit_of(siemens)
    return f"{siemens / scale:.3g} {name}"


class Siemens(float):
    """A conductance that messages show with its unit."""

    def __repr__(self) -> str:
        return conductance(self)
