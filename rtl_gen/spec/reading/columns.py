"""What each column of a file holds: recognised from its heading, or given by the user."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pulsetrain.errors import cut, printable, shown

from .cells import MISSING, Cells, number
from .errors import PointsError
from .options import Reading
from .units import Unit, name_and_unit, plain, unit_named

FORMS = ("curve,pulse,conductance_uS or pulse,ltp_uS,ltd_uS; other names, units and forms are "
         "read as well, see docs/how-to/devices.md")

LTP = frozenset(("ltp", "potentiation", "potentiate", "potentiating", "pot", "set", "up",
                 "increase", "increasing", "inc", "write", "+", "p", "1"))
LTD = frozenset(("ltd", "depression", "depress", "depressing", "dep", "reset", "down", "decrease",
                 "decreasing", "dec", "erase", "-", "d", "-1"))
"""Words for the two directions, in names of columns and in cells of a column `curve`; the last
three of each in cells only."""

_SHORT = frozenset(("+", "-", "p", "d", "1", "-1"))
_PULSE = frozenset(("pulse", "pulses", "n", "#", "no", "nr", "num", "number", "of", "index", "idx",
                    "count", "npulse", "npulses", "pulsenumber"))
_CYCLE = frozenset(("cycle", "cycles", "run", "loop", "repeat", "repetition", "sweep", "trial",
                    "iteration"))
_DEVICE = frozenset(("device", "devices", "dev", "cell", "sample", "die", "dut", "chip"))
_CURVE = frozenset(("curve", "type", "direction", "operation", "op", "polarity", "mode", "process",
                    "phase", "branch"))
_VALUE = {**dict.fromkeys(("conductance", "conductances", "g", "cond", "weight"), "conductance"),
          **dict.fromkeys(("current", "i", "id", "ids", "psc", "epsc", "ipsc"), "current"),
          **dict.fromkeys(("resistance", "r", "rds"), "resistance")}
_BESIDE = frozenset(("read", "mean", "average", "avg", "measured", "channel", "drain", "value",
                     "normalized", "normalised", "norm", "exp", "data"))
_STEP = frozenset(("dg", "deltag", "delta", "step", "change", "\N{GREEK SMALL LETTER DELTA}g",
                   "\N{INCREMENT}g", "di", "deltai",
                   "dr", "deltar"))
_NUMBERED = re.compile(r"column \d+")
_BEST = ("conductance", "current", "resistance", "relative")


@dataclass(frozen=True, kw_only=True)
class Value:
    """A column of values. `curve` is "ltp", "ltd" or "" if the name does not say it; `pulse` is the
    column of its pulse numbers, None if rows are counted; `group` says what a number in the name
    counts: "cycles", "devices" or ""."""

    column: int
    name: str
    curve: str
    unit: Unit | None
    pulse: int | None
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The columns of a file. `first` is the index of its first row of data, `exact` is true for a
    header in the documented form, whose rows must have `least` cells."""

    names: list[str]
    first: int
    least: int
    exact: bool
    curve: int | None = None
    cycle: int | None = None
    device: int | None = None
    step: int | None = None
    values: tuple[Value, ...]

    @property
    def unused(self) -> list[str]:
        """The names of the columns that are left out."""
        used = {self.curve, self.cycle, self.device, self.step}
        for value in self.values:
            used |= {value.column, value.pulse}
        return [name for index, name in enumerate(self.names) if index not in used and name]


def find_layout(cells: Cells, reading: Reading) -> Layout:
    """The columns of the file that `cells` holds.

    Raises:
        PointsError: it is not clear which column holds what; the message names the option that
            says it.
    """
    if not cells.rows:
        raise PointsError(f"{cells.source}: is empty; must be a header and points: {FORMS}")
    named = (reading.ltp, reading.ltd, reading.value, reading.pulse, reading.curve, reading.cycle,
             reading.device, reading.step, reading.header)
    layout = _exact(cells.rows[0]) if not any(item is not None for item in named) else None
    layout = _with_known_devices(cells, layout) if layout else _recognised(cells, reading)
    unit = reading.given_unit
    if unit is not None:
        layout = replace(layout, values=tuple(replace(value, unit=unit)
                                              for value in layout.values))
    for value in layout.values:
        if value.unit is None:
            raise PointsError(
                f"{_at(cells, layout)}{column_text(value.name)} has no unit; put it in the name, "
                "such as conductance_uS or G (uS), or give device.reading.unit (S, uS, A, "
                'ohm, ...; "relative" if there is none)')
    return layout


def _exact(header: Sequence[str]) -> Layout | None:
    """The layout of a header in the documented form; None if it has another form."""
    names = [name.strip() for name in header]
    lower = [plain(name).lower() for name in names]
    conductances: dict[int, tuple[str, Unit]] = {}
    for column, name in enumerate(lower):
        prefix, _, text = name.rpartition("_")
        unit = unit_named(text) if text in ("s", "ms", "us", "ns", "ps") else None
        if unit and prefix in ("conductance", "g", "ltp", "ltd"):
            conductances[column] = (prefix if prefix in ("ltp", "ltd") else "", unit)
    curves = [curve for curve, _ in conductances.values()]
    known = "curve" in lower
    if (lower.count("pulse") != 1 or lower.count("curve") > 1 or lower.count("cycle") > 1
            or not curves or len(set(curves)) != len(curves) or known != ("" in curves)
            or (known and len(curves) > 1)):
        return None
    pulse = lower.index("pulse")
    return Layout(
        names=names, first=1, exact=True,
        least=max(count for count, name in enumerate(names, 1) if name),
        curve=lower.index("curve") if known else None,
        cycle=lower.index("cycle") if "cycle" in lower else None,
        device=lower.index("device") if lower.count("device") == 1 else None,
        values=tuple(Value(column=column, name=names[column], curve=curve, unit=unit, pulse=pulse)
                     for column, (curve, unit) in conductances.items()))


def _with_known_devices(cells: Cells, layout: Layout) -> Layout:
    """`layout` without a column `device` that does not name every row's device."""
    column = layout.device
    if column is not None and any(len(row) <= column or not row[column].strip()
                                  for row in cells.rows[layout.first:] if any(map(str.strip, row))):
        return replace(layout, device=None)
    return layout


def _recognised(cells: Cells, reading: Reading) -> Layout:
    names, units, first = _header(cells, reading)
    finder = _Finder(cells, names)
    roles = [_role(name) for name in names]
    pulses = _pulses(cells, reading, finder, roles, first)
    curve, cycle, device, step = (
        finder.one(given, key) if given is not None else _only(roles, key)
        for key, given in (("curve", reading.curve), ("cycle", reading.cycle),
                           ("device", reading.device), ("step", reading.step)))
    taken = {*pulses, curve, cycle, device, step} - {None}

    def value(column: int, direction: str) -> Value:
        return Value(column=column, name=names[column], curve=direction,
                     unit=units[column] or _implied(names[column]), group=_group(names[column]),
                     pulse=_pulse_of(column, direction, pulses, roles, names))

    if reading.ltp or reading.ltd or reading.value:
        values = [value(column, direction) for key, direction in (
                      ("ltp", "ltp"), ("ltd", "ltd"), ("value", ""))
                  for column in finder.several(getattr(reading, key) or (), key)]
    else:
        free = [column for column in range(len(names)) if column not in taken]
        values = [value(column, _direction(names[column])) for column in free
                  if roles[column] == "value"]
        values = _preferred(values)
        if not values and len(free) == 1:
            values = [value(free[0], "")]
        elif not values and free and (reading.columns or reading.ltd_file):
            values = [value(column, "") for column in free]
        if not values:
            raise PointsError(
                f"{cells.location(max(first - 1, 0))}: the header must be {FORMS}; which columns "
                "hold potentiation and depression is not clear in "
                f"{listed(names)}: give device.reading.ltp and device.reading.ltd (names or "
                "numbers of columns)")
    unclear = [item for item in values if not (item.curve or item.group)]
    if curve is None and len(unclear) > 1 and not (
            reading.columns or reading.ltd_file or reading.value):
        raise PointsError(
            f"{cells.source}: which curve each of the columns "
            f"{listed([item.name for item in unclear])} holds is not clear; give "
            "device.reading.ltp and device.reading.ltd, or device.reading.columns (cycles or "
            "devices) if all hold the same")
    if curve is not None:
        values = [replace(item, curve="") for item in values]
    return Layout(names=names, first=first, least=0, exact=False, curve=curve, cycle=cycle,
                  device=device, step=step, values=tuple(values))


def _header(cells: Cells, reading: Reading) -> tuple[list[str], list[Unit | None], int]:
    """(names of the columns, their units, index of the first row of data)."""
    rows = cells.rows
    width = max(map(len, rows[:1000]))
    first = reading.header
    if first is None:
        first = next((index for index, row in enumerate(rows) if _is_data(row)), len(rows))
    if first >= len(rows):
        raise PointsError(f"{cells.location(0)}: the header must be {FORMS}; no row with numbers "
                          f"follows {listed(rows[0])}")
    headings = [cell.strip() for cell in rows[first - 1]] if first else []
    below: list[Unit | None] = []
    if first > 1 and (_is_units(headings) or reading.header == 2):
        below = [unit_named(cell.strip("()[] ")) for cell in headings]
        headings = [cell.strip() for cell in rows[first - 2]]
    if not first:
        headings = _commented(cells, rows[0])
    found = [name_and_unit(heading) for heading in headings]
    found += [("", None)] * (width - len(found))
    below += [None] * (width - len(below))
    units = [lower or unit for (_, unit), lower in zip(found, below, strict=False)]
    names = [heading or f"column {count}" for count, heading in enumerate(
        [*headings, *[""] * (width - len(headings))], 1)]
    return names, units, first


def _is_data(row: Sequence[str]) -> bool:
    """Whether a row holds numbers and is not a header such as pulse,1,2,3."""
    numeric = [number(cell) == number(cell) for cell in row]
    return any(numeric) and not any(_role(cell) == "pulse" for cell in row)


def _is_units(row: Sequence[str]) -> bool:
    """Whether a row holds units only."""
    texts = [cell.strip("()[] ") for cell in row]
    known = [unit_named(text) for text in texts if text]
    return any(known) and all(
        unit is not None or not text or _role(text) == "pulse" or len(text) < 3
        for text, unit in zip([text for text in texts if text], known, strict=True))


def _commented(cells: Cells, row: Sequence[str]) -> list[str]:
    """The headings in the last comment before the first row, if it has as many cells."""
    if not cells.comments:
        return []
    marks = {"commas": ",", "semicolons": ";", "tabs": "\t"}
    last = cells.comments[-1]
    names = last.split(marks[cells.separator]) if cells.separator in marks else last.split()
    names = [name.strip() for name in names]
    if len(names) != len(row) or not any(_role(name) for name in names):
        return []
    return [names[0] or "#", *names[1:]]


def _split(name: str) -> list[str]:
    """The words of a name, in small letters; a number at the end of a word is a word."""
    text = name_and_unit(name)[0].lower()
    return re.findall(r"[^\W\d_]+|\d+|#", text)


def _role(name: str) -> str:
    """What the heading says that a column holds; "" if it does not say it."""
    words = _split(name)
    ones = set(words)
    plain_words = {word for word in ones if not word.isdigit()}
    directions = plain_words & ((LTP | LTD) - _SHORT)
    rest = plain_words - directions
    if not plain_words:
        return ""
    if plain_words & _STEP and plain_words <= _STEP | set(_VALUE):
        return "step"
    if rest and rest <= _PULSE:
        return "pulse"
    for role, known in (("cycle", _CYCLE), ("device", _DEVICE), ("curve", _CURVE)):
        if plain_words <= known | _PULSE and plain_words & known:
            return "value" if len(plain_words) < len(words) else role
    known_words = set(_VALUE) | _BESIDE | _CYCLE | _DEVICE | _PULSE
    if (directions or rest & set(_VALUE)) and rest <= known_words:
        return "value"
    return ""


def _direction(name: str) -> str:
    words = set(_split(name)) - _SHORT
    return "ltp" if words & LTP else "ltd" if words & LTD else ""


def _group(name: str) -> str:
    words = set(_split(name))
    return "devices" if words & _DEVICE else "cycles" if words & _CYCLE else ""


def _implied(name: str) -> Unit | None:
    return unit_named("relative") if {"normalized", "normalised", "norm", "weight"} & set(
        _split(name)) else None


def _only(roles: Sequence[str], role: str) -> int | None:
    """The only column of `role`; None if there is none."""
    return roles.index(role) if role in roles else None


def _pulses(cells: Cells, reading: Reading, finder: "_Finder", roles: Sequence[str],
            first: int) -> list[int]:
    """The columns of pulse numbers."""
    if reading.pulse == "rows":
        return []
    if reading.pulse is not None:
        return [finder.one(reading.pulse, "pulse")]
    found = [column for column, role in enumerate(roles) if role == "pulse"]
    if found or first or len(roles) < 2:
        return found
    given = {column for key in ("ltp", "ltd", "value") for column in finder.several(
        getattr(reading, key) or (), key)}
    counts = [number(row[0]) if row else float("nan") for row in cells.rows[first:first + 1000]]
    rises = len(counts) > 1 and counts[0] in (0, 1) and all(
        after > before for before, after in pairwise(counts))
    return [0] if rises and 0 not in given else []


def _pulse_of(column: int, direction: str, pulses: Sequence[int], roles: Sequence[str],
              names: Sequence[str]) -> int | None:
    """The column of the pulse numbers of the values in `column`: the one of the same direction,
    otherwise the nearest on the left."""
    same = [pulse for pulse in pulses if direction and _direction(names[pulse]) == direction]
    if same:
        return same[0]
    left = [pulse for pulse in pulses if pulse < column]
    return left[-1] if left else pulses[0] if pulses else None


def _preferred(values: list[Value]) -> list[Value]:
    """Of conductances, currents and resistances of the same reading, the first of them."""
    quantities = [_quantity(value) for value in values]
    best = next((name for name in _BEST if name in quantities), None)
    return [value for value, quantity in zip(values, quantities, strict=True)
            if quantity in (best, None)]


def _quantity(value: Value) -> str | None:
    if value.unit is not None:
        return value.unit.quantity
    return next((_VALUE[word] for word in _split(value.name) if word in _VALUE), None)


def _at(cells: Cells, layout: Layout) -> str:
    return f"{cells.source}: " if layout.first == 0 else f"{cells.location(layout.first - 1)}: "


class _Finder:
    """Finds columns by their names or numbers."""

    def __init__(self, cells: Cells, names: Sequence[str]) -> None:
        self._cells, self._names = cells, names

    def one(self, given: int | str, key: str) -> int:
        """The index of the column `given`.

        Raises:
            PointsError: there is no such column.
        """
        if isinstance(given, int):
            if given <= len(self._names):
                return given - 1
        else:
            wanted = plain(given).lower()
            for index, name in enumerate(self._names):
                if wanted in (plain(name).lower(), name_and_unit(name)[0].lower()):
                    return index
            if given.strip().isdecimal():
                return self.one(int(given), key)
        raise PointsError(
            f"{self._cells.source}: device.reading.{key} must be one of the columns "
            f"{listed(self._names)}, or a number in 1..{len(self._names)}, not "
            f"{shown(given)}")

    def several(self, given: Iterable[int | str], key: str) -> list[int]:
        """The indices of the columns `given`; "2-5" is a range, "2,4" a list."""
        found: list[int] = []
        for item in given:
            if isinstance(item, str) and (ends := re.fullmatch(r"\s*(\d+)\s*-\s*(\d*)\s*", item)):
                low = self.one(int(ends[1]), key)
                high = self.one(int(ends[2]), key) if ends[2] else len(self._names) - 1
                found += range(low, high + 1)
            elif isinstance(item, str) and re.fullmatch(r"\s*\d+(\s*,\s*\d+)+\s*", item):
                found += [self.one(int(part), key) for part in item.split(",")]
            else:
                found.append(self.one(item, key))
        return found


def column_text(name: str) -> str:
    """The column `name`, for a message; a column without a heading has its number as name."""
    return name if _NUMBERED.fullmatch(name) else f"column {listed([name])}"


def listed(names: Sequence[str]) -> str:
    """The names of columns, for a message on one line."""
    return cut(printable(",".join(names)))


def curve_named(text: str) -> str:
    """The curve that a cell names: "ltp", "ltd" or "" if it names none."""
    word = text.strip().lower()
    if word in MISSING and word != "-":
        return ""
    return "ltp" if word in LTP else "ltd" if word in LTD else ""
