"""Measured points of a device from a CSV file."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from pathlib import Path

from rtl_gen.errors import PulsetrainError

from .device import STATES

CURVES = ("ltp", "ltd")

_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "ps": 1e-12}
_FORMS = "curve,pulse,conductance_uS or pulse,ltp_uS,ltd_uS (units S, mS, uS, nS, pS)"


class PointsError(PulsetrainError, ValueError):
    """The points cannot be used; the message names file, line, column and value."""


@dataclass(frozen=True, kw_only=True)
class Points:
    """Conductance in siemens after 0, 1, 2, ... pulses of potentiation and of depression.

    `ltd` is None where it was not measured. `repeated` counts the readings that were averaged
    with an earlier one of the same pulse, `interpolated` the pulses without a reading.
    """

    ltp: tuple[float, ...]
    ltd: tuple[float, ...] | None
    readings: int
    repeated: int
    interpolated: int


@dataclass(frozen=True, kw_only=True)
class _Reading:
    curve: str
    pulse: int
    siemens: float


def read_points(path: Path) -> Points:
    """The measured points in the CSV file `path`.

    A header names the columns, in any order and case; others are ignored. Either `curve` (ltp or
    ltd), `pulse` and `conductance_UNIT` (or `g_UNIT`), or `pulse`, `ltp_UNIT` and `ltd_UNIT`.
    Rows may come in any order. A curve begins at its lowest pulse number, whatever that is; a
    pulse that was read several times counts with the mean; pulses between two readings are
    interpolated linearly. Lines that begin with # are comments.

    Raises:
        PointsError: the file cannot be read, or some value cannot be used.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PointsError(f"{path}: cannot be read: {reason}") from None
    readings = list(_readings(str(path), text))
    curves: dict[str, tuple[float, ...]] = {}
    repeated = interpolated = 0
    for curve in CURVES:
        found = [reading for reading in readings if reading.curve == curve]
        if not found:
            continue
        values: dict[int, list[float]] = {}
        for reading in found:
            values.setdefault(reading.pulse, []).append(reading.siemens)
        curves[curve] = _every_pulse(str(path), curve, {
            pulse: sum(same) / len(same) for pulse, same in sorted(values.items())})
        repeated += len(found) - len(values)
        interpolated += len(curves[curve]) - len(values)
    if "ltp" not in curves:
        raise PointsError(f"{path}: holds no point of the curve ltp")
    return Points(ltp=curves["ltp"], ltd=curves.get("ltd"), readings=len(readings),
                  repeated=repeated, interpolated=interpolated)


def _readings(source: str, text: str) -> Iterator[_Reading]:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1)
             if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        raise PointsError(f"{source}: is empty; must be a header and points: {_FORMS}")
    first = lines[0][1]
    delimiter = next((mark for mark in ";\t" if mark in first), ",")
    (header_line, names), *rows = (
        (number, [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))])
        for number, line in lines)
    pulse, curve, conductances = _columns(source, header_line, names)
    for number, cells in rows:
        place = f"{source}, line {number}"
        if len(cells) != len(names):
            raise PointsError(f"{place}: must have {len(names)} values as the header has, not "
                              f"{len(cells)}")
        count = _number(cells[pulse])
        if count is None or count < 0 or count != int(count):
            raise PointsError(f"{place}, column {names[pulse]}: must be an integer of 0 or more, "
                              f"not {cells[pulse]!r}")
        for column, (fixed, scale) in conductances.items():
            name = fixed or cells[curve].lower()
            if name not in CURVES:
                raise PointsError(f"{place}, column {names[curve]}: must be ltp or ltd, not "
                                  f"{cells[curve]!r}")
            value = _number(cells[column])
            if value is None or value < 0:
                raise PointsError(f"{place}, column {names[column]}: must be a finite conductance "
                                  f"of 0 or more, not {cells[column]!r}")
            yield _Reading(curve=name, pulse=int(count), siemens=value * scale)


def _columns(source: str, line: int,
             names: list[str]) -> tuple[int, int, dict[int, tuple[str, float]]]:
    """(column of the pulse, of the curve, {column: (its curve, siemens of 1)}).

    A conductance column whose curve the column `curve` tells has the curve "".
    """
    lower = [name.lower().replace("\N{MICRO SIGN}", "u").replace("\N{GREEK SMALL LETTER MU}", "u")
             for name in names]
    conductances: dict[int, tuple[str, float]] = {}
    for column, name in enumerate(lower):
        prefix, _, unit = name.rpartition("_")
        if unit in _UNITS and prefix in ("conductance", "g", *CURVES):
            conductances[column] = (prefix if prefix in CURVES else "", _UNITS[unit])
    curves = [curve for curve, _ in conductances.values()]
    known = "curve" in lower
    if (lower.count("pulse") != 1 or lower.count("curve") > 1 or not curves
            or len(set(curves)) != len(curves) or known != (curves == [""])):
        raise PointsError(f"{source}, line {line}: the header must be {_FORMS}, not "
                          f"{','.join(names)}")
    return lower.index("pulse"), lower.index("curve") if known else -1, conductances


def _number(text: str) -> float | None:
    """The finite number that `text` is; None where it is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None


def _every_pulse(source: str, curve: str, values: dict[int, float]) -> tuple[float, ...]:
    """The conductance at every pulse from the lowest in `values` (ascending) to the highest."""
    pulses = list(values)
    count = pulses[-1] - pulses[0] + 1
    if not 2 <= count <= STATES:
        raise PointsError(f"{source}: the curve {curve} must have 2 to {STATES} pulse numbers, "
                          f"not {count}")
    if len(set(values.values())) == 1:
        raise PointsError(f"{source}: the curve {curve} must have different conductances, not "
                          f"{values[pulses[0]]:g} S everywhere")
    result = [values[pulses[0]]]
    for before, after in pairwise(pulses):
        step = (values[after] - values[before]) / (after - before)
        result += [values[before] + step * place for place in range(1, after - before)]
        result.append(values[after])
    return tuple(result)
