"""Data sets of users: a table in CSV format, one sample in each row."""

import csv
import io
import math
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pulsetrain.errors import cut, shown
from pulsetrain.files import MEBIBYTE, decode_table, read_bytes, user_path
from pulsetrain.spec.scaling import MOST_COLUMNS, Scaling

from .samples import DataError, DataSet

BYTES = 64 * MEBIBYTE
MOST_CLASSES = 4096
DEFAULT_TEST = 0.2
"""The share of every class that is for testing, unless the name of the data set says otherwise."""

LABELS = ("label", "class", "target", "species", "y")
"""Names of the column of labels, in lower case: the first of these that exists is it, unless the
name of the data set says otherwise."""

_OPTIONS = ("label", "ignore", "test", "split")
_PARTS = {"train": "train", "training": "train", "test": "test", "testing": "test"}
"""The values of a column that says which rows are for testing."""


@dataclass(frozen=True, kw_only=True)
class TableName:
    """What `csv:FILE#label=NAME&ignore=NAME&test=0.25` says; `test` is a share or a file, and
    `split` a column of train and test."""

    path: Path
    label: str | None = None
    ignore: tuple[str, ...] = ()
    test: float | Path = DEFAULT_TEST
    split: str | None = None

    @property
    def files(self) -> list[Path]:
        """The files that are read."""
        return [self.path, *([self.test] if isinstance(self.test, Path) else [])]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Rows:
    """The rows of a file: real `values` (n, columns), the texts of their labels and of the column
    `split` ("" without one), and the line of each."""

    source: str
    values: np.ndarray
    labels: list[str]
    split: list[str]
    lines: list[int]


def table_name(name: str, location: str) -> TableName:
    """The parts of `location`, which is FILE or FILE#OPTION=VALUE&OPTION=VALUE.

    Raises:
        DataError: an option is unknown, given twice, or has no possible value.
    """
    file, mark, options = location.rpartition("#")
    if not mark or "=" not in options:
        return TableName(path=user_path(location, DataError))
    found = TableName(path=user_path(file, DataError))
    given: list[str] = []
    for option in options.split("&"):
        key, equals, value = option.partition("=")
        if key not in _OPTIONS or not equals or not value or (key in given and key != "ignore"):
            raise DataError(f"{cut(name)}: after # there must be options, each at most once except "
                            f"ignore, such as label=NAME&ignore=NAME&test=0.25; possible are "
                            f"{', '.join(_OPTIONS)}, not {shown(option)}")
        given.append(key)
        if key == "ignore":
            found = replace(found, ignore=(*found.ignore, value))
        elif key == "test":
            found = replace(found, test=_test(name, value))
        elif key == "label":
            found = replace(found, label=value)
        else:
            found = replace(found, split=value)
    if "split" in given and "test" in given:
        raise DataError(f"{cut(name)}: give test or split, not both: each says which samples are "
                        "for testing")
    return found


def _test(name: str, value: str) -> float | Path:
    try:
        share = float(value)
    except ValueError:
        return user_path(value, DataError)
    if not 0 <= share < 1:
        raise DataError(f"{cut(name)}: test must be a share in 0..1, less than 1, or the name of a "
                        f"file, not {shown(value)}")
    return share


def load_table(name: str, location: str,
               scaling: Scaling | None = None) -> tuple[DataSet, Scaling]:
    """(the data set, its scaling) of the table `location`, named `name`.

    The first line names the columns. One column holds labels, all others hold numbers, except
    those to ignore. Cells are separated by commas, semicolons or tabs, whichever is most frequent
    in the first line; with the latter two, a decimal comma is possible.
    Without `scaling`, every column other than the label is an input, from its smallest to its
    largest value among the samples to train on, and the classes are the different labels, in
    numeric or alphabetic order.

    Without a column `split` or a second file, `test` is the share of every class that is for
    testing: of n samples floor(test n + 1/2), but not all. They are drawn with
    `default_rng(0)`, which also shuffles the samples to train on.

    Raises:
        DataError: a file cannot be used; the message names line and column.
    """
    table = table_name(name, location)
    wanted = scaling.columns if scaling else None
    first, columns = _read(table.path, table, wanted)
    parts = [first]
    if isinstance(table.test, Path):
        parts.append(_read(table.test, table, columns)[0])
    names = scaling.labels if scaling else _classes(parts)
    labels = [_indices(part, names) for part in parts]
    random = np.random.default_rng(0)
    if isinstance(table.test, Path):
        train = random.permutation(len(labels[0]))
        picked = [(0, train), (1, np.arange(len(labels[1])))]
    else:
        testing = (_by_column(first) if table.split else
                   _by_share(labels[0], table.test, len(names), random))
        train = random.permutation(np.flatnonzero(~testing))
        picked = [(0, train), (0, np.flatnonzero(testing))]
    if not len(train):
        raise DataError(f"{first.source}: there is no sample to train on")
    if scaling is None:
        values = first.values[train]
        scaling = Scaling(columns=columns, low=tuple(values.min(axis=0).tolist()),
                          high=tuple(values.max(axis=0).tolist()), labels=names)
    pixels = [_pixels(parts[index].values[rows], scaling) for index, rows in picked]
    classes = [labels[index][rows] for index, rows in picked]
    return DataSet(name=name, x_train=pixels[0], y_train=classes[0], x_test=pixels[1],
                   y_test=classes[1]), scaling


def _pixels(values: np.ndarray, scaling: Scaling) -> np.ndarray:
    """The pixels of `values` (n, columns), uint8 (docs/how-to/data.md)."""
    low, high = np.array(scaling.low), np.array(scaling.high)
    with np.errstate(over="ignore"):
        span = np.where(high > low, high / 2 - low / 2, 1)  # halves: a difference can overflow
        share = (np.clip(values, low, high) / 2 - low / 2) / span
    return np.floor(255 * share + 0.5).astype(np.uint8)


def _by_column(rows: _Rows) -> np.ndarray:
    """Which rows are for testing, by the column `split`."""
    for text, line in zip(rows.split, rows.lines, strict=True):
        if text.strip().lower() not in _PARTS:
            raise DataError(f"{rows.source}: line {line}: the column split must hold train or "
                            f"test, not {shown(text)}")
    return np.array([_PARTS[text.strip().lower()] == "test" for text in rows.split])


def _by_share(labels: np.ndarray, share: float, classes: int,
              random: np.random.Generator) -> np.ndarray:
    """Which samples are for testing: a `share` of every class, drawn by `random`."""
    testing = np.zeros(len(labels), bool)
    for number in range(classes):
        members = random.permutation(np.flatnonzero(labels == number))
        testing[members[:min(math.floor(share * len(members) + 0.5), len(members) - 1)]] = True
    return testing


def _classes(parts: Sequence[_Rows]) -> tuple[str, ...]:
    """The different labels: in the order of their numbers if all are numbers, otherwise of their
    texts."""
    texts = {label for part in parts for label in part.labels}
    if len(texts) > MOST_CLASSES:
        raise DataError(f"{parts[0].source}: there must be at most {MOST_CLASSES:,} different "
                        f"labels, not {len(texts):,}: is it the right column?")
    numbers = {text: _number(text) for text in texts}
    if None in numbers.values():
        return tuple(sorted(texts))
    return tuple(sorted({_plain(text) for text in texts}, key=float))


def _indices(rows: _Rows, names: Sequence[str]) -> np.ndarray:
    """The class of every row, (n,) int64."""
    known = {name: index for index, name in enumerate(names)}
    found = np.zeros(len(rows.labels), np.int64)
    for index, (label, line) in enumerate(zip(rows.labels, rows.lines, strict=True)):
        number = known.get(label, known.get(_plain(label)))
        if number is None:
            raise DataError(f"{rows.source}: line {line}: the label must be one of "
                            f"{cut(', '.join(names))}, not {shown(label)}")
        found[index] = number
    return found


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _plain(label: str) -> str:
    """`label`, or if it is a number, its shortest form: 1 for 1.0."""
    value = _number(label)
    if value is None:
        return label
    return str(int(value)) if value.is_integer() else repr(value)


def _read(path: Path, table: TableName,
          columns: Sequence[str] | None) -> tuple[_Rows, tuple[str, ...]]:
    """(the rows, the columns of their values) of the file `path`; `columns` are those to read."""
    source = cut(str(path), 255)
    content = read_bytes(path, "table in CSV format", DataError, limit=BYTES)
    text, _ = decode_table(content, source, DataError)
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=first.count)
    reader = _cells(source, text, separator)
    _, header = next(reader, (0, []))
    names = [name.strip() for name in header]
    label, chosen, split = _columns(source, names, table, columns)
    values, labels, splits, lines = array("d"), [], [], []
    inputs = [names.index(name) for name in chosen]
    decimal_comma = separator != ","
    for line, cells in reader:
        if len(cells) != len(names):
            raise DataError(f"{source}: line {line}: must have {len(names)} cells, as the first "
                            f"line, not {len(cells)}")
        try:
            row = [float(cells[index]) for index in inputs]
        except ValueError:
            row = [_cell(source, line, names[index], cells[index], decimal_comma)
                   for index in inputs]
        if not all(map(math.isfinite, row)):
            for index in inputs:
                _cell(source, line, names[index], cells[index], decimal_comma)
        labels.append(cells[label].strip())
        if not labels[-1]:
            raise DataError(f"{source}: line {line}, column {shown(names[label])}: the label is "
                            "missing")
        values.extend(row)
        splits.append(cells[split] if split is not None else "")
        lines.append(line)
    if not lines:
        raise DataError(f"{source}: there must be rows below the first line, which names the "
                        "columns")
    return _Rows(source=source, values=np.array(values).reshape(len(lines), len(inputs)),
                 labels=labels, split=splits, lines=lines), tuple(chosen)


def _cells(source: str, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of every row that is not empty."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise DataError(f"{source}: line {reader.line_num}: is not valid CSV: {error}") from None


def _cell(source: str, line: int, column: str, text: str, decimal_comma: bool) -> float:
    """The number in a cell."""
    value = _number(text.replace(",", ".") if decimal_comma else text)
    if value is None:
        raise DataError(f"{source}: line {line}, column {shown(column)}: must be a finite number, "
                        f"not {shown(text)}; #ignore=NAME leaves a column out")
    return value


def _columns(source: str, names: list[str], table: TableName,
             wanted: Sequence[str] | None) -> tuple[int, list[str], int | None]:
    """(index of the label, columns that are inputs, index of the column `split`)."""
    listed = cut(", ".join(names), 200) or "none"
    if len(names) < 2:
        raise DataError(f"{source}: the first line must name at least two columns, separated by "
                        f"commas, semicolons or tabs, not {listed}")
    if all(_number(name) is not None for name in names):
        raise DataError(f"{source}: the first line must name the columns, but it holds the numbers "
                        f"{listed}")
    if len(set(names)) != len(names):
        repeated = next(name for name, count in Counter(names).items() if count > 1)
        raise DataError(f"{source}: the first line names the column {shown(repeated)} twice")
    if len(names) > MOST_COLUMNS + 2:
        raise DataError(f"{source}: there must be at most {MOST_COLUMNS:,} columns, not "
                        f"{len(names):,}")
    label = table.label or next((name for wish in LABELS for name in names
                                 if name.lower() == wish), None)
    if label is None:
        raise DataError(f"{source}: none of its columns is called {', '.join(LABELS)}; say which "
                        f"holds the label with csv:FILE#label=NAME; the columns are {listed}")
    for name in filter(None, (label, table.split, *(table.ignore if wanted is None else wanted))):
        if name not in names:
            raise DataError(f"{source}: has no column {shown(name)}; the columns are {listed}")
    left_out = {label, table.split, *table.ignore}
    chosen = [name for name in names if name not in left_out] if wanted is None else [*wanted]
    if not chosen or left_out & {*chosen}:
        raise DataError(f"{source}: the inputs must be columns other than the label, those to "
                        f"ignore and split; the columns are {listed}")
    return names.index(label), chosen, names.index(table.split) if table.split else None
