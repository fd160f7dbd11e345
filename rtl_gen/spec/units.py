"""Conductances, energies and times in units for people."""

from math import floor, log10

_PREFIXES = {0: "S", -3: "mS", -6: "\N{MICRO SIGN}S", -9: "nS", -12: "pS", -15: "fS"}

_SI = {-18: "a", -15: "f", -12: "p", -9: "n", -6: "\N{MICRO SIGN}", -3: "m", 0: "", 3: "k",
       6: "M", 9: "G"}


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


def quantity(value: float, unit: str) -> str:
    """`value` with three digits and a prefix of its `unit`, such as "1.25 nJ"."""
    size = float(f"{abs(value):.3g}")
    exponent = min(max(3 * floor(log10(size) / 3), -18), 9) if size else 0
    return f"{float(f'{value / 10.0**exponent:.3g}'):g} {_SI[exponent]}{unit}"


class Siemens(float):
    """A conductance that messages show with its unit."""

    def __repr__(self) -> str:
        return conductance(self)
