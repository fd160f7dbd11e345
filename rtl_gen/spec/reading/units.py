"""Units of values, in the spellings of instruments and spreadsheets."""

import re
from dataclasses import dataclass
from typing import Literal

UNIT_NAMES = 'S, mS, uS, nS, pS, A, mA, uA, nA, pA, ohm, kohm, Mohm, Gohm, or "relative"'

Quantity = Literal["conductance", "current", "resistance", "relative"]

_LARGE = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_SMALL = {"": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}
_LETTERS = {scale: letter for letter, scale in [*_SMALL.items(), *_LARGE.items()]}
_WORDS = {"milli": "m", "micro": "u", "nano": "n", "pico": "p", "kilo": "k", "mega": "M",
          "giga": "G"}
_BASES: dict[str, Quantity] = {
    "s": "conductance", "siemens": "conductance", "mho": "conductance", "mhos": "conductance",
    "a": "current", "amp": "current", "amps": "current", "ampere": "current",
    "amperes": "current", "ohm": "resistance", "ohms": "resistance"}
_BRACKETED = re.compile(r"(.*?)\s*[\[({]\s*([^\])}]*?)\s*[\])}]\s*$")
_JOINED = re.compile(r"(.*?)(?:\s*/\s*|\s*,\s*|_|\s+)([^\s_/,]+)$")


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A unit: what it measures, its size in S, A or ohm, and its name for people."""

    quantity: Quantity
    scale: float
    name: str


def plain(text: str) -> str:
    """`text` with ASCII letters for the micro sign and for ohm."""
    for sign in "\N{MICRO SIGN}\N{GREEK SMALL LETTER MU}":
        text = text.replace(sign, "u")
    for sign in "\N{GREEK CAPITAL LETTER OMEGA}\N{OHM SIGN}":
        text = text.replace(sign, "ohm")
    return text.strip()


def unit_named(text: str) -> Unit | None:
    """The unit that `text` names; None if it names none.

    Letters may be large or small where that is clear: uS, US and us are one unit, but "mohm" may be
    a thousandth or a million and is none.
    """
    name = plain(text)
    if name.lower() in ("relative", "a.u.", "a. u.", "arb. u.", "arb.u.", "norm.", "normalized",
                        "normalised"):
        return Unit(quantity="relative", scale=1.0, name="relative")
    for word, letter in _WORDS.items():
        if name.lower().startswith(word):
            name = letter + name[len(word):].lower()
    for base, quantity in _BASES.items():
        if not name.lower().endswith(base):
            continue
        prefix = name[:len(name) - len(base)]
        if quantity == "resistance":
            scale = {"": 1.0, "K": 1e3, **_LARGE}.get(prefix)
        else:
            scale = _SMALL.get(prefix.lower())
        if scale is not None:
            symbol = {"conductance": "S", "current": "A"}.get(quantity, "ohm")
            return Unit(quantity=quantity, scale=scale, name=_LETTERS[scale] + symbol)
    return None


def name_and_unit(text: str) -> tuple[str, Unit | None]:
    """(name, unit) of a heading such as "G (uS)", "conductance_uS", "R [kohm]" or "I / nA"."""
    heading = plain(text)
    for pattern in (_BRACKETED, _JOINED):
        if (found := pattern.match(heading)) and (unit := unit_named(found[2])):
            return found[1].strip(), unit
    return heading, None
