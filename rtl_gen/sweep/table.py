"""The table that grows row by row, and outlives whatever interrupts it."""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from rtl_gen.files import check_writable
from rtl_gen.golden.synapse import DEVICE_PULSES

from .task import COUNTED, MEASURED, Task

_DIGITS = 20
"""Most digits of a count."""

_SHOWN = 80
"""Most characters of a refused row that a message shows."""


class TableError(ValueError):
    """A file cannot be the table of a sweep; the message says why. The file is as it was."""


class Table:
    """The CSV file `path` with the rows of `tasks`, trained now or earlier.

    `rows` are those of these tasks that the file holds, by the key of their task; rows of other
    epochs, seeds, data or settings stay in the file and count for nothing. A last line without
    its end, which a crash can leave, is cut off: its training is done again. A new file begins
    with its first row. A file of an earlier version, without the columns of device pulses, goes on
    without them.

    Raises:
        TableError: the file is no table of this sweep.
        OSError: it cannot be read or written.
    """

    def __init__(self, path: Path, tasks: Sequence[Task]) -> None:
        self.path = path
        self._identity = tuple(tasks[0].identity)
        *planned, digest = self._identity
        self._columns = (*planned, *MEASURED, digest, "version")
        earlier = tuple(name for name in self._columns if name not in DEVICE_PULSES)
        self._keys = {task.key for task in tasks}
        self.rows: dict[tuple[str, ...], dict[str, str]] = {}
        check_writable(path)
        content = path.read_bytes() if path.exists() else b""
        whole = content[:content.rfind(b"\n") + 1]
        torn = any(_line(columns).startswith(content) for columns in (self._columns, earlier))
        if whole or not torn:
            self._read(whole or content, {task.case for task in tasks}, earlier)
        if path.exists():
            with path.open("ab") as file:
                file.truncate(len(whole))

    def append(self, row: dict[str, str]) -> None:
        """Write `row` (column to text); when this returns, it is on the disk.

        Raises:
            OSError: it cannot be written.
        """
        line = _line(row[column] for column in self._columns)
        with self.path.open("ab") as file:
            file.write(line if file.tell() else _line(self._columns) + line)
            file.flush()
            os.fsync(file.fileno())
        self._keep(row)

    def _keep(self, row: dict[str, str]) -> None:
        key = tuple(row[column] for column in self._identity)
        if key in self._keys:
            self.rows[key] = row

    def _read(self, content: bytes, cases: set[str], earlier: tuple[str, ...]) -> None:
        try:
            lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        except (csv.Error, UnicodeDecodeError) as error:
            raise TableError(f"{self.path}: is no CSV file: {error}") from None
        header = tuple(lines.pop(0)) if lines else ()
        if header == earlier:
            self._columns = earlier
        if header != self._columns:
            raise TableError(f"{self.path}: is no table of this sweep: its columns must be "
                             f"{', '.join(self._columns)}, not {_cut(', '.join(header))}; give "
                             "another file with -o")
        for number, cells in enumerate(lines, start=2):
            row = dict(zip(self._columns, cells, strict=False))
            if len(cells) != len(self._columns) or not _is_share(row["accuracy"]) or not all(
                    _is_count(row.get(name, "")) for name in COUNTED):
                raise TableError(f"{self.path}: row {number} is no row of this sweep: "
                                 f"{_cut(repr(','.join(cells)))}; repair it or take it out")
            self._keep(row)
        found = {cells[0] for cells in lines}
        if found and not found & cases:
            raise TableError(f"{self.path}: is the table of another sweep, with the cases "
                             f"{_cut(', '.join(sorted(found)))}; give another file with -o")


def _is_share(text: str) -> bool:
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False


def _is_count(text: str) -> bool:
    return not text or (text.isascii() and text.isdecimal() and len(text) <= _DIGITS)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _line(cells: Iterable[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
