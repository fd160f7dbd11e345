"""Trials: the reader of a sweep's table, which checks every cell."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from pulsetrain.errors import PulsetrainError, cut
from pulsetrain.files import MEBIBYTE
from pulsetrain.golden.synapse import DEVICE_PULSES
from pulsetrain.spec.fields import WORD, refuse

TABLE_BYTES = 64 * MEBIBYTE

_COLUMNS = ("case", "model", "seed", "epochs", "data", "accuracy", "accuracy_by_epoch", "pulses")
"""The columns that every table has."""

_CELLS = ("case", "model", "seed", "epochs", "accuracy", "accuracy_by_epoch", "errors", "pulses",
          "refreshes", *DEVICE_PULSES, "joules", "array_seconds", "digest")
"""The columns that are fields of a trial; a column that is missing counts as empty."""


class TableError(PulsetrainError, ValueError):
    """A file is not the table of a sweep; the message says why. The file is unchanged."""


def _whole(low: int, high: int) -> BeforeValidator:
    """An integer in `low`..`high`, as text."""

    def check(text: str) -> int:
        if not re.fullmatch("[0-9]{1,20}", text) or not low <= int(text) <= high:
            raise refuse(f"an integer in {low}..{high}", text)
        return int(text)

    return BeforeValidator(check)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = float("nan")
    if not 0 <= share <= 1:
        raise refuse("a number in 0..1", text)
    return share


def _shares(text: str) -> tuple[float, ...]:
    return tuple(map(_share, text.split()))


def _count(text: str) -> int | None:
    if text and not re.fullmatch("[0-9]{1,20}", text):
        raise refuse("an integer of at most 20 digits, or empty", text)
    return int(text) if text else None


def _amount(text: str) -> float | None:
    try:
        amount = float(text or "0")
    except ValueError:
        amount = float("nan")
    if not 0 <= amount < float("inf"):
        raise refuse("a number of 0 or more, or empty", text)
    return amount if text else None


_Count = Annotated[int | None, BeforeValidator(_count)]
_Amount = Annotated[float | None, BeforeValidator(_amount)]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One training; accuracies are 0..1, those by epoch of all epochs or of none.

    `grid` maps the keys of the sweep's grid, and "epochs" and "data", to texts; "" if the case does
    not vary a key. `errors`, `pulses` (synapses pulsed), `refreshes` (pairs refreshed) and the
    device pulses are counts of the whole training; None if unknown: for the floating-point model,
    and device pulses in tables of earlier versions. `joules` and `array_seconds` are those of the
    array of devices in the whole training; None if they were not counted. `digest` is the learning
    digest; "" if the table has none.

    The types of the fields define what a row of the table may hold, all as texts.
    """

    case: str
    model: Annotated[Literal["pulse", "float"], WORD]
    grid: dict[str, str]
    seed: Annotated[int, _whole(0, 2**32 - 1)]
    epochs: Annotated[int, _whole(1, 1_000_000)]
    accuracy: Annotated[float, BeforeValidator(_share)]
    accuracy_by_epoch: Annotated[tuple[float, ...], BeforeValidator(_shares)]
    errors: _Count
    pulses: _Count
    refreshes: _Count
    ltp_pulses: _Count
    ltd_pulses: _Count
    erase_pulses: _Count
    reprogram_pulses: _Count
    joules: _Amount
    array_seconds: _Amount
    digest: str

    @property
    def device_pulses(self) -> int | None:
        """All pulses applied to devices; None if they are unknown."""
        counts = (self.ltp_pulses, self.ltd_pulses, self.erase_pulses, self.reprogram_pulses)
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a table: the `line` on which it ends, its `cells` (column to text), its trial."""

    line: int
    cells: dict[str, str]
    trial: Trial


class Reader:
    """Reads the table in `text`; messages call it `source`.

    `columns` are the names in its header. Iterating gives its rows; empty lines are skipped.

    Raises:
        TableError: the text is not CSV; while iterating: a column or a cell is not valid in the
            table of a sweep.
    """

    def __init__(self, text: str, source: str) -> None:
        self._source = source
        self._reader = csv.reader(io.StringIO(text, newline=""))
        self.columns = tuple(next(self._lists(), ()))

    def __iter__(self) -> Iterator[Row]:
        missing = [name for name in _COLUMNS if name not in self.columns]
        if missing:
            raise TableError(f"{self._source}: is not the table of a sweep: it is missing the "
                             f"columns {', '.join(missing)}")
        columns = self.columns
        keys = (*columns[columns.index("model") + 1:columns.index("seed")], "epochs", "data")
        for cells in self._lists():
            if not cells:
                continue
            line = self._reader.line_num
            try:
                if len(cells) != len(columns):
                    raise ValueError(f"must have a cell for each of {len(columns)} columns, not "
                                     f"{len(cells)}")
                row = dict(zip(columns, cells, strict=True))
                yield Row(line=line, cells=row, trial=_trial(row, keys))
            except ValueError as error:
                raise TableError(f"{self._source}: line {line}: {_refusal(error)}; "
                                 "correct or remove the line") from None

    def _lists(self) -> Iterator[list[str]]:
        try:
            yield from self._reader
        except csv.Error as error:
            raise TableError(f"{self._source}: cannot be read: {error}") from None


def _trial(row: dict[str, str], keys: tuple[str, ...]) -> Trial:
    """The trial of one row, whose grid has `keys`.

    Raises:
        ValueError: a cell cannot be read (a `pydantic.ValidationError`), or the row is not valid.
    """
    trial = _TRIAL.validate_python({**{name: row.get(name, "") for name in _CELLS},
                                    "grid": {key: row[key] for key in keys}})
    if len(trial.accuracy_by_epoch) not in (0, trial.epochs):
        raise ValueError(f"accuracy_by_epoch must be {trial.epochs} numbers, one for each of "
                         f"epochs, or empty, not {len(trial.accuracy_by_epoch)} numbers")
    return trial


_TRIAL = TypeAdapter(Trial)


def _refusal(error: ValueError) -> str:
    """The error in a row, on one line: the column, what is allowed, what was given."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False)[0]
    context: dict[str, Any] = first["ctx"]
    return f"{first['loc'][0]} must be {context['allowed']}, not {cut(context['value'])}"
