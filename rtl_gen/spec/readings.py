"""Readings of a device: the contents of a CSV file, before they are averaged."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from math import isfinite
from pathlib import Path

import numpy as np

from pulsetrain.errors import LONGEST, PulsetrainError, cut, shown
from pulsetrain.files import MEBIBYTE, read_bytes

from .device import LARGEST

CURVES = ("ltp", "ltd")

LARGEST_FILE = 64 * MEBIBYTE
"""Most bytes of a file of points."""

MOST_LINES = 2_000_000
"""Most lines of a file of points."""

_FIRST = 1 << 16
"""Bytes of a file to search for its first line."""

_PULSE_DIGITS = 18
_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "ps": 1e-12}
_FORMS = "curve,pulse,conductance_uS or pulse,ltp_uS,ltd_uS (units S, mS, uS, nS, pS)"


class PointsError(PulsetrainError, ValueError):
    """The points cannot be used; the message names file, line, column and value."""


@dataclass(frozen=True, kw_only=True)
class Readings:
    """The n readings of one curve in the order of the file.

    Each has a `pulse` number, a conductance in `siemens`, its `line` in the file, and the number of
    its `cycle`; `cycle` is None if the file has no such column.
    """

    pulse: np.ndarray
    siemens: np.ndarray
    line: np.ndarray
    cycle: np.ndarray | None


@dataclass(frozen=True, kw_only=True)
class _Columns:
    """The columns of the values in a row.

    `conductances` maps a column to its curve ("" if the column `curve` names it) and to the factor
    that converts it to siemens. `least` is the number of columns up to the last one with a name.
    """

    names: list[str]
    least: int
    pulse: int
    curve: int | None
    cycle: int | None
    conductances: dict[int, tuple[str, float]]


_Lists = tuple[list[int], list[float], list[int], list[int]]
"""The readings of one curve: pulse numbers, conductances in siemens, lines, numbers of cycles."""


def read_readings(path: Path) -> dict[str, Readings]:
    """The readings in the CSV file `path`, by curve.

    Empty cells and empty rows are skipped.

    Raises:
        PointsError: the file cannot be read, is too large, or some value cannot be used.
    """
    source = cut(str(path), LONGEST)
    lines = _Lines(_text(path, source), source)
    rows = _rows(lines)
    header = next(rows, None)
    if header is None:
        raise PointsError(f"{source}: is empty; must be a header and points: {_FORMS}")
    columns = _columns(lines, header)
    found: dict[str, _Lists] = {curve: ([], [], [], []) for curve in CURVES}
    cycles: dict[str, int] = {}
    for cells in rows:
        pulse = _pulse(lines, columns, cells)
        if pulse is None:
            continue
        for column, (fixed, scale) in columns.conductances.items():
            curve = fixed
            if columns.curve is not None:
                curve = cells[columns.curve].strip().lower()
                if curve not in found:
                    raise _refusal(lines, columns, columns.curve, "ltp or ltd", cells)
            text = cells[column].strip()
            if not text:
                continue
            siemens = _number(text) * scale
            if not 0 <= siemens <= LARGEST:
                bound = f", and at most {LARGEST:g} S" if siemens > LARGEST else ""
                raise _refusal(lines, columns, column, f"a finite conductance of 0 or more{bound}",
                               cells)
            pulses, conductances, numbers, labels = found[curve]
            pulses.append(pulse)
            conductances.append(siemens)
            numbers.append(lines.number)
            if columns.cycle is not None:
                label = cells[columns.cycle].strip()
                if not label:
                    raise _refusal(lines, columns, columns.cycle, "the name of a cycle", cells)
                labels.append(cycles.setdefault(label, len(cycles)))
    return {curve: Readings(pulse=np.array(pulses, np.int64), siemens=np.array(conductances),
                            line=np.array(numbers),
                            cycle=np.array(labels) if labels else None)
            for curve, (pulses, conductances, numbers, labels) in found.items() if pulses}


def holds_points(path: Path) -> bool:
    """Whether the file `path` holds points and not a configuration. Its first line decides: it is a
    header with a column `pulse`, or neither the line nor the file's name looks like TOML or
    JSON."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        begin = file.read(_FIRST).decode("utf-8-sig", errors="replace")
    first = next(iter(_Lines(begin, str(path))), "").strip()
    if "pulse" in (name.strip(' "').lower() for name in re.split("[,;\t]", first)):
        return True
    is_configuration = path.suffix.lower() in (".toml", ".json")
    return not is_configuration and "=" not in first and first[:1] not in ("[", "{")


def _text(path: Path, source: str) -> str:
    """The text of the file; lines end with one line feed."""
    content = read_bytes(path, "file of points", PointsError, limit=LARGEST_FILE)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PointsError(f"{source}: cannot be read: line {line} has the byte "
                          f"0x{content[error.start]:02x}, which is not UTF-8 text; save the file "
                          "as UTF-8") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    count = text.count("\n") + 1
    if count > MOST_LINES + 1:
        raise PointsError(f"{source}: cannot be read: must have at most {MOST_LINES:,} lines, not "
                          f"{count:,}")
    if "\0" in text:
        raise PointsError(f"{source}: cannot be read: line "
                          f"{text.count(chr(10), 0, text.index(chr(0))) + 1} has a NUL character, "
                          "so the file is not text")
    return text


class _Lines:
    """The lines of a text except empty ones and comments. `number` is the number of the last one
    taken, `taken` how many were taken, `location` the last one's file and line in words."""

    def __init__(self, text: str, source: str) -> None:
        self._text, self._source = text, source
        self.number = self.taken = 0

    @property
    def location(self) -> str:
        return f"{self._source}, line {self.number}"

    def __iter__(self) -> Iterator[str]:
        for number, line in enumerate(io.StringIO(self._text), 1):
            start = line.lstrip()
            if start and start[0] != "#":
                self.number = number
                self.taken += 1
                yield line


def _rows(lines: _Lines) -> Iterator[list[str]]:
    """The cells of every row; the header row decides which character separates them."""
    taken = iter(lines)
    first = next(taken, None)
    if first is None:
        return
    delimiter = next((mark for mark in ";\t" if mark in first), ",")
    try:
        for count, cells in enumerate(csv.reader(chain([first], taken), delimiter=delimiter), 1):
            if lines.taken != count:
                raise PointsError(f"{lines.location}: a value in quotation marks continues over "
                                  "several lines; close its quotation marks in its line")
            yield cells
    except csv.Error as error:
        raise PointsError(f"{lines.location}: cannot be read: {error}") from None


def _columns(lines: _Lines, header: list[str]) -> _Columns:
    names = [name.strip() for name in header]
    lower = [name.lower().replace("\N{MICRO SIGN}", "u").replace("\N{GREEK SMALL LETTER MU}", "u")
             for name in names]
    conductances: dict[int, tuple[str, float]] = {}
    for column, name in enumerate(lower):
        prefix, _, unit = name.rpartition("_")
        if unit in _UNITS and prefix in ("conductance", "g", *CURVES):
            conductances[column] = (prefix if prefix in CURVES else "", _UNITS[unit])
    curves = [curve for curve, _ in conductances.values()]
    known = "curve" in lower
    if (lower.count("pulse") != 1 or lower.count("curve") > 1 or lower.count("cycle") > 1
            or not curves or len(set(curves)) != len(curves) or known != ("" in curves)
            or (known and len(curves) > 1)):
        raise PointsError(f"{lines.location}: the header must be {_FORMS}, not "
                          f"{cut(','.join(names))}")
    return _Columns(
        names=names, least=max(count for count, name in enumerate(names, 1) if name),
        pulse=lower.index("pulse"), curve=lower.index("curve") if known else None,
        cycle=lower.index("cycle") if "cycle" in lower else None, conductances=conductances)


def _refusal(lines: _Lines, columns: _Columns, column: int, allowed: str,
             cells: list[str]) -> PointsError:
    """An error that names the location, what is allowed there, and what was given."""
    return PointsError(f"{lines.location}, column {cut(columns.names[column])}: must be "
                       f"{allowed}, not {shown(cells[column].strip())}")


def _pulse(lines: _Lines, columns: _Columns, cells: list[str]) -> int | None:
    """The pulse number of a row, which may be written as 1.0 or 1e3; None if the row is empty.

    A row must have a cell for every name; cells beyond the header must be empty.
    """
    if len(cells) < columns.least or any(map(str.strip, cells[len(columns.names):])):
        if not any(map(str.strip, cells)):
            return None
        raise PointsError(f"{lines.location}: must have {columns.least} values as the header has, "
                          f"not {len(cells)}")
    text = cells[columns.pulse].strip()
    if text.isdecimal() and len(text) <= _PULSE_DIGITS:
        return int(text)
    if not any(map(str.strip, cells)):
        return None
    value = _number(text)
    if value > 10**_PULSE_DIGITS:
        raise _refusal(lines, columns, columns.pulse, f"an integer of at most 1e{_PULSE_DIGITS}",
                       cells)
    if not (value >= 0 and value == int(value)):
        raise _refusal(lines, columns, columns.pulse, "an integer of 0 or more", cells)
    return int(value)


def _number(text: str) -> float:
    """The finite number in `text`; NaN if it is not one. Underscores are not allowed."""
    try:
        value = float(text)
    except ValueError:
        return float("nan")
    return value if isfinite(value) and "_" not in text else float("nan")
