"""Conductances as people read them."""

from math import floor, log10

_PREFIXES = {0: "S", -3: "mS", -6: "\N{MICRO SIGN}S", -9: "nS", -12: "pS", -15: "fS"}


def unit_of(siemens: float) -> tuple[float, str]:
    """The unit in which `siemens` is 1 to 999, as (siemens of 1, its name)."""
    exponent = 3 * floor(log10(siemens) / 3) if siemens > 0 else 0
    exponent = min(0, max(-15, exponent))
    return 10.0**exponent, _PREFIXES[exponent]


def conductance(siemens: float) -> str:
    """`siemens` with three digits and a prefix, such as "38.5 nS"."""
    scale, name = unit_of(siemens)
    return f"{siemens / scale:.3g} {name}"
