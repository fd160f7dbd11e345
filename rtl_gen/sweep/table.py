"""The table of results, which grows row by row and survives every interruption."""

import csv
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pulsetrain.errors import cut
from pulsetrain.files import check_writable, decode, read_bytes
from pulsetrain.files.lock import lock
from pulsetrain.files.write import naming
from pulsetrain.golden.synapse import DEVICE_PULSES

from .task import COSTS, MEASURED, Task
from .trials import TABLE_BYTES, Reader, TableError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Inside, no other sweep can write to the table `path`; a missing file is created empty.

    A created file that is still empty at the end is removed.

    Raises:
        TableError: another sweep writes to it.
        OSError: it cannot be written.
    """
    if path.exists() and not path.is_file():
        raise TableError(f"{path}: must be a file that holds the table of a sweep")
    is_new, target = not path.exists(), Path(os.path.realpath(path))  # the target of a link
    with naming(path):
        held = lock(target, os.O_RDWR | os.O_CREAT, wait=False)
    if held is None:
        raise TableError(f"{path}: another sweep writes to this table; wait for it, or give "
                         "another file with -o")
    try:
        yield
    finally:
        if is_new and not os.fstat(held).st_size:
            target.unlink(missing_ok=True)
        os.close(held)


class Table:
    """The CSV file `path` with the rows of `tasks`, trained now or earlier.

    `rows` maps the key of each task to its row, if the file has one; rows with other epochs, seeds,
    data or settings stay in the file and are ignored. An incomplete last line, which a crash can
    leave, is cut off, and its training is repeated. A new file is empty until its first row. A file
    of an earlier version, without the columns of device pulses or of costs, continues without them.

    Raises:
        TableError: the file is not a table of this sweep.
        OSError: it cannot be read or written.
    """

    def __init__(self, path: Path, tasks: Sequence[Task]) -> None:
        self.path = path
        self._identity = tuple(tasks[0].identity)
        *planned, digest = self._identity
        self._columns = (*planned, *MEASURED, digest, "version")
        earlier = [tuple(name for name in self._columns if name not in missing)
                   for missing in (COSTS, (*COSTS, *DEVICE_PULSES))]
        self._keys = {task.key for task in tasks}
        self.rows: dict[tuple[str, ...], dict[str, str]] = {}
        check_writable(path)
        content = (read_bytes(path, "table of a sweep", TableError, limit=TABLE_BYTES)
                   if path.exists() else b"")
        complete = content[:content.rfind(b"\n") + 1]
        cut_header = any(_line(columns).startswith(content)
                         for columns in (self._columns, *earlier))
        if complete or not cut_header:
            self._read(complete or content, {task.case for task in tasks}, earlier)
        if path.exists():
            with path.open("ab") as file:
                file.truncate(len(complete))

    def append(self, row: dict[str, str]) -> None:
        """Write `row` (column to text); when this returns, it is on disk.

        Raises:
            OSError: it cannot be written.
        """
        line = _line(row[column] for column in self._columns)
        with naming(self.path), self.path.open("ab", buffering=0) as file:
            end = file.tell()
            text = memoryview(line if end else _line(self._columns) + line)
            try:
                while text:
                    text = text[file.write(text):]
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)
                raise
        self._keep(row)

    def _keep(self, row: dict[str, str]) -> None:
        key = tuple(row[column] for column in self._identity)
        if key in self._keys:
            self.rows[key] = row

    def _read(self, content: bytes, cases: set[str],
              earlier: Sequence[tuple[str, ...]]) -> None:
        text = decode(content, str(self.path), "table of a sweep", TableError)
        reader = Reader(text, str(self.path))
        if reader.columns in earlier:
            self._columns = reader.columns
        if reader.columns != self._columns:
            raise TableError(f"{self.path}: is not a table of this sweep: its columns must be "
                             f"{', '.join(self._columns)}, not {cut(', '.join(reader.columns))}; "
                             "give another file with -o")
        found = set()
        for row in reader:
            found.add(row.trial.case)
            self._keep(row.cells)
        if found and not found & cases:
            raise TableError(f"{self.path}: is the table of another sweep, with the cases "
                             f"{cut(', '.join(sorted(found)))}; give another file with -o")


def _line(cells: Iterable[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode("utf-8", "surrogateescape")
