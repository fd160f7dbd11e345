"""Any file of points as rows of cells: text in several encodings and separators, and workbooks."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import isfinite
from pathlib import Path

from pulsetrain.errors import LONGEST, cut
from pulsetrain.files import MEBIBYTE, decode_table, read_bytes

from .errors import PointsError
from .options import Reading
from .workbook import is_workbook, workbook_rows

LARGEST_FILE = 64 * MEBIBYTE
"""Most bytes of a file of points."""

MOST_LINES = 2_000_000
"""Most lines of a file of points."""

_FIRST = 1 << 16
"""Bytes of a file to search for its first line."""

_SAMPLE = 64
"""Lines that are looked at to find the separator and the decimal mark."""

_COMMENTS = ("#", "%", "//")
_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")
_PLAIN = re.compile(r"[+-]?\d+(?:,\d+)?(?:[eE][+-]?\d+)?")
_POINT = re.compile(r"[+-]?\d*\.\d*(?:[eE][+-]?\d+)?")
MISSING = frozenset(("", "nan", "na", "n/a", "#n/a", "null", "none", "-", "--", "?"))
"""Cells, in small letters, that hold no reading."""


@dataclass(frozen=True, kw_only=True)
class Cells:
    """The rows of a file that are neither empty nor comments.

    `lines` has the line of each row. `comments` are the lines of comments before the first row,
    without their mark. `separator` and `decimal` are the characters in words; `encoding` is that of
    a text.
    """

    source: str
    rows: list[list[str]]
    lines: list[int]
    comments: list[str] = field(default_factory=list)
    separator: str
    decimal: str
    encoding: str = ""

    def location(self, row: int) -> str:
        """The file and line of a row, in words."""
        return f"{self.source}, line {self.lines[row]}"


def number(text: str) -> float:
    """The finite number in `text`; NaN if it is not one. Underscores are not allowed."""
    try:
        value = float(text)
    except ValueError:
        return float("nan")
    return value if isfinite(value) and "_" not in text else float("nan")


def read_cells(path: Path, reading: Reading) -> Cells:
    """The cells of the file `path`.

    Raises:
        PointsError: the file cannot be read or is too large.
        ExtraMissingError: it is a workbook, and openpyxl is not installed.
    """
    source = cut(str(path), LONGEST)
    content = read_bytes(path, "file of points", PointsError, limit=LARGEST_FILE)
    if is_workbook(content):
        lines, rows = workbook_rows(content, source, reading.sheet, MOST_LINES)
        kept = [index for index, line in enumerate(lines) if line > reading.skip]
        return Cells(source=source, rows=[rows[index] for index in kept],
                     lines=[lines[index] for index in kept], separator="workbook", decimal=".")
    text, encoding = _text(content, source)
    return _text_cells(text, encoding, source, reading)


def first_line(path: Path) -> str:
    """The first line of a text that is neither empty nor a comment."""
    with path.open("rb") as file:
        begin = file.read(_FIRST)
    encoding = "utf-16" if begin[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return next(iter(_Lines(begin.decode(encoding, errors="replace"), str(path), 0)), "").strip()


def _text(content: bytes, source: str) -> tuple[str, str]:
    """(the text of the file, its encoding); lines end with one line feed."""
    text, encoding = decode_table(content, source, PointsError)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    count = text.count("\n") + 1
    if count > MOST_LINES + 1:
        raise PointsError(f"{source}: cannot be read: must have at most {MOST_LINES:,} lines, not "
                          f"{count:,}")
    if "\0" in text:
        raise PointsError(f"{source}: cannot be read: line "
                          f"{text.count(chr(10), 0, text.index(chr(0))) + 1} has a NUL character, "
                          "so the file is not text")
    return text, encoding


class _Lines:
    """The lines of a text except empty ones and comments. `number` is the number of the last one
    taken, `taken` how many were taken, `comments` the comments before the first."""

    def __init__(self, text: str, source: str, skip: int) -> None:
        self._text, self._source, self._skip = text, source, skip
        self.number = self.taken = 0
        self.comments: list[str] = []

    @property
    def location(self) -> str:
        return f"{self._source}, line {self.number}"

    def __iter__(self) -> Iterator[str]:
        for number, line in enumerate(io.StringIO(self._text), 1):
            start = line.lstrip()
            if not start or number <= self._skip:
                continue
            if start.startswith(_COMMENTS):
                if not self.taken:
                    self.comments.append(start.lstrip("#%/").strip())
                continue
            self.number = number
            self.taken += 1
            yield line


def _text_cells(text: str, encoding: str, source: str, reading: Reading) -> Cells:
    sample = []
    for line in _Lines(text, source, reading.skip):
        sample.append(line)
        if len(sample) == _SAMPLE:
            break
    separator = _SEPARATORS.get(reading.delimiter or "") or _separator(sample)
    lines = _Lines(text, source, reading.skip)
    taken = iter(lines)
    if separator == " ":
        rows, numbers = [], []
        for line in taken:
            rows.append(_words(line))
            numbers.append(lines.number)
    else:
        rows, numbers = _separated(lines, taken, separator)
    decimal = reading.decimal or ("." if separator == "," else _decimal(rows[:_SAMPLE]))
    if decimal == ",":
        for cells in rows:
            cells[:] = [cell.replace(",", ".", 1) if _COMMA.fullmatch(cell.strip()) else cell
                        for cell in cells]
    return Cells(source=source, rows=rows, lines=numbers, comments=lines.comments,
                 separator=_NAMES[separator], decimal=decimal, encoding=encoding)


_SEPARATORS = {",": ",", ";": ";", "tab": "\t", "space": " "}
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", " ": "spaces"}


def _separator(sample: Sequence[str]) -> str:
    """The character between cells: the first line decides if it has a column `pulse`, otherwise
    most lines do."""
    if not sample:
        return ","
    first = next((mark for mark in ";\t" if mark in sample[0]), ",")
    if len(names := sample[0].split(first)) > 1 and "pulse" in (
            name.strip(' "\n').lower() for name in names):
        return first
    words = [line.split() for line in sample]
    if any(len(cells) > 1 and all(map(_PLAIN.fullmatch, cells)) and any(
            "," in cell for cell in cells) for cells in words):
        return "\t" if sum("\t" in line for line in sample) * 2 > len(sample) else " "
    for mark in ";\t,":
        if sum(mark in line for line in sample) * 2 > len(sample):
            return mark
    return " " if sum(len(cells) > 1 for cells in words) * 2 > len(sample) else ","


def _words(line: str) -> list[str]:
    """The cells of a line that spaces separate; names of two words are in quotation marks, or two
    spaces separate the cells."""
    if '"' in line:
        return [quoted or bare for quoted, bare in re.findall(r'"([^"]*)"|(\S+)', line)]
    wide = re.split(r"\s{2,}|\t", line.strip())
    return wide if len(wide) > 1 and any(" " in cell for cell in wide) else line.split()


def _separated(lines: _Lines, taken: Iterator[str],
               separator: str) -> tuple[list[list[str]], list[int]]:
    rows: list[list[str]] = []
    numbers: list[int] = []
    first = next(taken, None)
    if first is None:
        return rows, numbers
    try:
        for count, cells in enumerate(csv.reader(chain([first], taken), delimiter=separator), 1):
            if lines.taken != count:
                raise PointsError(f"{lines.location}: a value in quotation marks continues over "
                                  "several lines; close its quotation marks in its line")
            rows.append(cells)
            numbers.append(lines.number)
    except csv.Error as error:
        raise PointsError(f"{lines.location}: cannot be read: {error}") from None
    return rows, numbers


def _decimal(rows: Sequence[Sequence[str]]) -> str:
    """The decimal mark of the numbers in `rows`."""
    cells = [cell.strip() for row in rows for cell in row]
    return "," if any(map(_COMMA.fullmatch, cells)) and not any(
        map(_POINT.fullmatch, cells)) else "."
