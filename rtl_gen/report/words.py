"""Numbers in words."""

from pulsetrain.spec import Network
from pulsetrain.spec.units import unit_of

MINUS, TIMES, NOTHING = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}", "\N{EN DASH}"
"""Typographic signs; the last is for a cell without a value."""

SPACE = "\N{NO-BREAK SPACE}"
"""The space between a number and its unit, and where no line may break."""


def signed(number: float, digits: int = 0) -> str:
    """A number that may be negative, with `digits` after the point."""
    return f"{number:.{digits}f}".replace("-", MINUS)


def percent(share: float) -> str:
    """A share 0..1, such as "97.24 %"."""
    return f"{100 * share:.2f}{SPACE}%"


def spread(mean: float, deviation: float) -> str:
    """A mean share and its standard deviation, such as "97.24 % ± 0.03"."""
    return f"{percent(mean)}{SPACE}±{SPACE}{100 * deviation:.2f}"


def in_siemens(unit: float | None, *values: float) -> str:
    """One or two `values` in units of `unit` siemens, such as " (1.15 to 10.8 µS)"; "" if `unit` is
    None."""
    if unit is None:
        return ""
    size, name = unit_of(unit * max(map(abs, values)))
    texts = (f"{value * unit / size:.3g}".replace("-", MINUS) for value in values)
    return f" ({' to '.join(texts)}{SPACE}{name})"


def count(number: int, noun: str) -> str:
    """A number and its noun, such as "1 epoch" or "1,437 samples"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def sentence(text: str) -> str:
    """`text` with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def sizes(network: Network) -> str:
    """The sizes of its layers, such as "784-200-10"."""
    return "-".join(map(str, (network.inputs, *network.hidden, network.outputs)))
