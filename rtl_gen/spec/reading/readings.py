"""Readings of a device: the values of one or more files, in siemens, by curve."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from pulsetrain.errors import shown

from ..device import LARGEST
from . import split, steps
from .cells import MISSING, Cells, first_line, number, read_cells
from .columns import Layout, Value, column_text, curve_named, find_layout, listed
from .errors import PointsError
from .options import Reading
from .units import Unit

CURVES = ("ltp", "ltd")

_PULSE_DIGITS = 18
_RELATIVE = (0.0, 1e-6)
"""Siemens of the lowest and the highest value, if the values have no unit."""


@dataclass(frozen=True, kw_only=True)
class Readings:
    """The n readings of one curve in the order of the file.

    Each has a `pulse` number, a conductance in `siemens`, its `line` in the file, and the number of
    its `cycle`; `cycle` is None if nothing names the cycles. `device` is the number of its device.
    """

    pulse: np.ndarray
    siemens: np.ndarray
    line: np.ndarray
    cycle: np.ndarray | None
    device: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Understood:
    """What a file was understood to hold, for people: the separator of its cells, its unit, the
    columns of each curve, the columns that were not used, and how many values were missing."""

    separator: str
    unit: str
    columns: dict[str, tuple[str, ...]]
    unused: tuple[str, ...]
    missing: int
    notes: tuple[str, ...]


@dataclass(kw_only=True)
class _Series:
    """Readings of one column, file, cycle and device."""

    curve: str
    pulse: np.ndarray
    siemens: np.ndarray
    line: np.ndarray
    cycle: list[tuple[str, ...]] | None
    device: list[tuple[str, ...]]


@dataclass(kw_only=True)
class _Found:
    """What has been read so far."""

    series: list[_Series] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    separator: str = ""
    unit: str = ""
    missing: int = 0


def read_readings(path: Path,
                  reading: Reading | None = None) -> tuple[dict[str, Readings], Understood]:
    """(the readings in the file `path` and those that `reading` adds, by curve; what they are).

    Empty cells and empty rows are skipped.

    Raises:
        PointsError: a file cannot be read, is too large, some value cannot be used, or it is not
            clear what a column holds.
        ExtraMissingError: the file is a workbook, and openpyxl is not installed.
    """
    reading = reading or Reading()
    found = _Found()
    for name in (None, *reading.more):
        file = path if name is None else path.parent / name
        label = (str(file),) if reading.more else ()
        if reading.ltd_file is None:
            _read(file, reading, "", label, found)
        else:
            _read(file, reading.model_copy(update={"ltd": None}), "ltp", label, found)
    if reading.ltd_file is not None:
        other = reading.model_copy(update={"ltp": None, "ltd": reading.ltd or reading.ltp})
        _read(path.parent / reading.ltd_file, other, "ltd", (), found)
    if found.unit == "relative":
        _scale(found, reading)
    cycles: dict[tuple[str, ...], int] = {}
    devices: dict[tuple[str, ...], int] = {}
    result = {}
    for curve in CURVES:
        own = [series for series in found.series if series.curve == curve and len(series.pulse)]
        if own:
            result[curve] = _joined(own, cycles, devices)
    return result, Understood(
        separator=found.separator, unit=found.unit, missing=found.missing,
        columns={curve: tuple(names) for curve, names in found.columns.items()},
        unused=tuple(found.unused), notes=tuple(found.notes))


def holds_points(path: Path) -> bool:
    """Whether the file `path` holds points and not a configuration. Its first line decides: it is a
    header with a column `pulse`, or neither the line nor the file's name looks like TOML or
    JSON."""
    if not path.is_file():
        return False
    first = first_line(path)
    for mark in ";\t":
        first = first.replace(mark, ",")
    if "pulse" in (name.strip(' "').lower() for name in first.split(",")):
        return True
    is_configuration = path.suffix.lower() in (".toml", ".json")
    return not is_configuration and "=" not in first and first[:1] not in ("[", "{")


def files_of(path: Path, reading: Reading) -> list[Path]:
    """The files that `read_readings` reads."""
    names = [*reading.more, *([reading.ltd_file] if reading.ltd_file else [])]
    return [path, *(path.parent / name for name in names)]


def _read(path: Path, reading: Reading, curve: str, file: tuple[str, ...], found: _Found) -> None:
    """Add the readings of one file; `curve` is that of columns whose name does not say it."""
    cells = read_cells(path, reading)
    if cells.encoding == "Windows-1252":
        found.notes.append(f"{cells.source} is not UTF-8 and was read as Windows-1252.")
    layout = find_layout(cells, reading)
    if curve:
        layout = replace(layout, values=tuple(replace(value, curve=value.curve or curve)
                                              for value in layout.values))
    if layout.exact:
        _check_lengths(cells, layout)
    _check_groups(cells, layout, reading)
    units = {(value.unit.quantity, value.unit.name) for value in layout.values if value.unit}
    found.separator, found.unit = cells.separator, ", ".join(sorted({name for _, name in units}))
    found.unused += [name for name in layout.unused if name not in found.unused]
    for value in layout.values:
        for series in _series(cells, layout, value, reading, file, found):
            found.series.append(series)
            names = found.columns.setdefault(series.curve, [])
            if value.name not in names:
                names.append(value.name)


def _check_lengths(cells: Cells, layout: Layout) -> None:
    """Check that rows have a cell for every name of the documented form, and no more."""
    width = len(layout.names)
    for index in range(layout.first, len(cells.rows)):
        row = cells.rows[index]
        if (len(row) < layout.least or len(row) > width) and (
                any(map(str.strip, row))
                and (len(row) < layout.least or any(map(str.strip, row[width:])))):
            raise PointsError(f"{cells.location(index)}: must have {layout.least} values as the "
                              f"header has, not {len(row)}")


def _check_groups(cells: Cells, layout: Layout, reading: Reading) -> None:
    """Check that several columns of one curve are known to be cycles or devices."""
    if reading.columns or layout.curve is not None:
        return
    for curve in ("ltp", "ltd", ""):
        own = [value for value in layout.values if value.curve == curve]
        if len(own) > 1 and not all(value.group for value in own):
            raise PointsError(
                f"{cells.source}: {len(own)} columns hold values of "
                f"{f'the curve {curve}' if curve else 'one curve'}: "
                f"{listed([value.name for value in own])}; give device.reading.columns: "
                '"cycles" of one device, or "devices"')


def _series(cells: Cells, layout: Layout, value: Value, reading: Reading, file: tuple[str, ...],
            found: _Found) -> list[_Series]:
    """The readings in one column of values."""
    rows = range(layout.first, len(cells.rows))
    texts = [_cell(cells.rows[row], value.column) for row in rows]
    kept = [index for index, text in enumerate(texts) if text.lower() not in MISSING]
    found.missing += sum(text != "" for text in texts) - sum(texts[index] != "" for index in kept)
    where = [rows[index] for index in kept]
    siemens = _siemens(cells, layout, value, reading, [texts[index] for index in kept], where)
    pulse = _pulse_numbers(cells, layout, value, where)
    line = np.array([cells.lines[row] for row in where], np.int64)
    several = reading.columns or value.group
    cycles = [(layout.cycle is not None), several == "cycles", reading.files == "cycles"]
    cycle = None
    if any(cycles):
        labels = _labels(cells, layout, layout.cycle, "cycle", where)
        fixed = ((value.name,) if several == "cycles" else ()) + (
            file if reading.files == "cycles" else ())
        cycle = [(*fixed, label) for label in labels]
    fixed = ((value.name,) if several == "devices" else ()) + (
        file if reading.files == "devices" else ())
    device = [(*fixed, label) for label in _labels(cells, layout, layout.device, "device", where)]
    whole = _Series(curve=value.curve, pulse=pulse, siemens=siemens, line=line, cycle=cycle,
                    device=device)
    if not where:
        return []
    if reading.ltd_reversed and value.curve == "ltd":
        whole.pulse = whole.pulse.max() - whole.pulse
    if layout.step is not None:
        return _of_steps(cells, layout, value, reading, whole, where)
    if layout.curve is not None:
        curves = np.array([_curve(cells, layout, row) for row in where])
        return [_part(whole, np.flatnonzero(curves == curve), curve) for curve in CURVES]
    if not value.curve:
        return _pieces(cells, value, reading, whole)
    return [whole]


def _siemens(cells: Cells, layout: Layout, value: Value, reading: Reading, texts: list[str],
             where: list[int]) -> np.ndarray:
    """The values in siemens; those without a unit as they are."""
    assert value.unit is not None  # find_layout has checked it
    unit = value.unit
    numbers = np.array([number(text) for text in texts], np.float64)
    if reading.sign == "absolute":
        numbers = np.abs(numbers)
    if unit.quantity == "relative":
        wrong = ~np.isfinite(numbers)
    else:
        numbers = _converted(cells, numbers, unit, reading)
        wrong = ~((numbers >= 0) & (numbers <= LARGEST))
    if wrong.any():
        index = int(wrong.argmax())
        raise _refusal(cells, layout, value.column, where[index],
                       _allowed(unit, number(texts[index]), numbers[index]))
    return numbers


def _converted(cells: Cells, numbers: np.ndarray, unit: Unit, reading: Reading) -> np.ndarray:
    if unit.quantity == "conductance":
        return numbers * unit.scale
    if unit.quantity == "resistance":
        with np.errstate(divide="ignore"):
            return 1 / (numbers * unit.scale)
    if reading.read_voltage is None:
        raise PointsError(f"{cells.source}: the values are currents in {unit.name}; give the "
                          "voltage at which they were read, device.reading.read_voltage (in volts, "
                          "negative if the currents are)")
    voltage = abs(reading.read_voltage) if reading.sign else reading.read_voltage
    return numbers * unit.scale / voltage


def _allowed(unit: Unit, given: float, siemens: float) -> str:
    bound = f", and at most {LARGEST:g} S" if siemens > LARGEST else ""
    if unit.quantity == "conductance":
        return f"a finite conductance of 0 or more{bound}"
    if unit.quantity == "current" and siemens < 0:
        return ("a current with the sign of device.reading.read_voltage (or give "
                'device.reading.sign = "absolute")')
    if unit.quantity == "resistance":
        return f"a finite resistance above 0{bound and ', that is a conductance of' + bound[8:]}"
    return f"a finite {unit.quantity if unit.quantity == 'current' else 'number'}{bound}"


def _pulse_numbers(cells: Cells, layout: Layout, value: Value, where: list[int]) -> np.ndarray:
    """The pulse numbers of the rows `where`: int64 if all are whole numbers, otherwise float64."""
    if value.pulse is None:
        return np.array(where, np.int64) - layout.first
    texts = [_cell(cells.rows[row], value.pulse) for row in where]
    if all(text.isdecimal() and len(text) <= _PULSE_DIGITS for text in texts):
        return np.array([int(text) for text in texts], np.int64)
    numbers = np.array([number(text) for text in texts], np.float64)
    for wrong, allowed in ((numbers > 10**_PULSE_DIGITS,
                            f"a pulse number of at most 1e{_PULSE_DIGITS}"),
                           (~(numbers >= 0), "a pulse number of 0 or more")):
        if wrong.any():
            raise _refusal(cells, layout, value.pulse, where[int(wrong.argmax())], allowed)
    whole = numbers == np.floor(numbers)
    return numbers.astype(np.int64) if whole.all() else numbers


def _labels(cells: Cells, layout: Layout, column: int | None, what: str,
            where: list[int]) -> list[str]:
    if column is None:
        return [""] * len(where)
    texts = [_cell(cells.rows[row], column) for row in where]
    if "" in texts:
        raise _refusal(cells, layout, column, where[texts.index("")], f"the name of a {what}")
    return texts


def _curve(cells: Cells, layout: Layout, row: int) -> str:
    assert layout.curve is not None
    curve = curve_named(_cell(cells.rows[row], layout.curve))
    if not curve:
        raise _refusal(cells, layout, layout.curve, row,
                       "ltp or ltd" if layout.exact else "ltp or ltd, or a word such as set, "
                       "reset, potentiation, depression, up, down")
    return curve


def _pieces(cells: Cells, value: Value, reading: Reading, whole: _Series) -> list[_Series]:
    """The curves of a series whose column does not name its curve.

    Raises:
        PointsError: it goes up and down, and it is not clear where its curves begin.
    """
    if len(whole.pulse) < 2:
        return [_part(whole, np.arange(len(whole.pulse)), "ltp")]
    if isinstance(reading.split, tuple):
        pieces = split.by_counts(len(whole.siemens), *reading.split)
    elif whole.cycle is not None or len(set(whole.device)) > 1:
        rises = whole.siemens[-1] >= whole.siemens[0]
        return [_part(whole, np.arange(len(whole.pulse)), "ltp" if rises else "ltd")]
    else:
        pieces = split.by_restart(whole.pulse, whole.siemens)
        if not pieces and split.erases(whole.siemens):
            return [_part(whole, np.arange(len(whole.pulse)), "ltp")]
        if not pieces:
            pieces = split.by_turns(whole.siemens)
            if len(pieces) > 1 and reading.split is None:
                up, down = (max((piece.last - piece.first for piece in pieces
                                 if piece.curve == curve), default=0) for curve in CURVES)
                raise PointsError(
                    f"{cells.source}: {column_text(value.name)} goes up and down; where "
                    f"its curves begin must be given: device.reading.split = [{up}, {down}] if "
                    'these are the pulses up and down, or "turns" to take its turning points')
    parts = []
    for count, piece in enumerate(pieces):
        part = _part(whole, np.arange(piece.first, piece.last + 1), piece.curve)
        part.pulse = part.pulse - part.pulse[0] + piece.start
        part.cycle = [(str(count),)] * len(part.pulse)
        parts.append(part)
    return parts


def _of_steps(cells: Cells, layout: Layout, value: Value, reading: Reading, whole: _Series,
              where: list[int]) -> list[_Series]:
    """The curves that a table of steps over conductance describes."""
    assert layout.step is not None
    assert value.unit is not None
    if value.unit.quantity == "resistance":
        raise PointsError(f"{cells.source}: steps over resistance cannot be used; give "
                          "conductances and their steps")
    texts = [_cell(cells.rows[row], layout.step) for row in where]
    kept = [index for index, text in enumerate(texts) if text.lower() not in MISSING]
    step = np.array([number(texts[index]) for index in kept], np.float64)
    wrong = np.isnan(step)
    if wrong.any():
        raise _refusal(cells, layout, layout.step, where[kept[int(wrong.argmax())]],
                       "a finite step")
    if value.unit.quantity != "relative":
        step = step * value.unit.scale / (
            abs(reading.read_voltage or 1.0) if value.unit.quantity == "current" else 1.0)
    siemens = whole.siemens[kept]
    if layout.curve is not None:
        curves = np.array([_curve(cells, layout, where[index]) for index in kept])
        masks = {curve: curves == curve for curve in CURVES}
        step = np.where(masks["ltd"], -np.abs(step), step) if (step >= 0).all() else step
    elif value.curve:
        masks = {value.curve: np.ones(len(step), bool)}
        step = np.where(np.median(step) < 0, -step, step) if value.curve == "ltp" else (
            np.where(np.median(step) > 0, -step, step))
    else:
        masks = {"ltp": step > 0, "ltd": step < 0}
    result = []
    for curve, mask in masks.items():
        if mask.any():
            points = steps.curve_of(siemens[mask], step[mask], up=curve == "ltp")
            result.append(_Series(
                curve=curve, pulse=np.arange(len(points)), siemens=points, cycle=None,
                line=np.full(len(points), whole.line[0]), device=[whole.device[0]] * len(points)))
    return result


def _part(whole: _Series, index: np.ndarray, curve: str) -> _Series:
    """The readings `index` of a series, as `curve`."""
    chosen = index.tolist()
    return _Series(
        curve=curve, pulse=whole.pulse[index], siemens=whole.siemens[index],
        line=whole.line[index], device=[whole.device[item] for item in chosen],
        cycle=None if whole.cycle is None else [whole.cycle[item] for item in chosen])


def _scale(found: _Found, reading: Reading) -> None:
    """Map values without a unit onto a range in siemens."""
    values = [series.siemens for series in found.series if len(series.siemens)]
    if not values:
        return
    low, high = min(map(np.min, values)), max(map(np.max, values))
    begin, end = reading.range or _RELATIVE
    span = float(high - low) or 1.0
    for series in found.series:
        series.siemens = begin + (end - begin) * ((series.siemens - low) / span)
    if reading.range is None:
        found.notes.append(f"The values have no unit: the lowest, {low:g}, counts as 0 S and the "
                           f"highest, {high:g}, as 1 \N{MICRO SIGN}S; device.reading.range gives "
                           "other conductances.")


def _joined(parts: Sequence[_Series], cycles: dict[tuple[str, ...], int],
            devices: dict[tuple[str, ...], int]) -> Readings:
    labelled = [part.cycle for part in parts if part.cycle is not None]
    return Readings(
        pulse=np.concatenate([part.pulse for part in parts]),
        siemens=np.concatenate([part.siemens for part in parts]),
        line=np.concatenate([part.line for part in parts]),
        cycle=np.array([cycles.setdefault(label, len(cycles)) for labels in labelled
                        for label in labels]) if len(labelled) == len(parts) else None,
        device=np.array([devices.setdefault(label, len(devices)) for part in parts
                         for label in part.device]))


def _cell(row: Sequence[str], column: int) -> str:
    return row[column].strip() if column < len(row) else ""


def _refusal(cells: Cells, layout: Layout, column: int, row: int, allowed: str) -> PointsError:
    """An error that names the location, what is allowed there, and what was given."""
    return PointsError(f"{cells.location(row)}, {column_text(layout.names[column])}: must be "
                       f"{allowed}, not {shown(_cell(cells.rows[row], column))}")
