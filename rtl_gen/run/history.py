"""History: what every epoch of a run did, in one JSON file beside its checkpoint."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from rtl_gen.errors import PulsetrainError
from rtl_gen.files import write_atomically
from rtl_gen.golden.synapse import COUNTERS

from .checkpoint import Checkpoint
from .loop import EpochResult

CHECKPOINT, HISTORY = "checkpoint.npz", "history.json"
"""The files of a run folder."""

_WORD = 2**32


class HistoryError(PulsetrainError, ValueError):
    """A history cannot be used or continued; the message says why."""


@dataclass(frozen=True, kw_only=True)
class History:
    """The epochs of one run, in order, each whole: parts before and after a stop are one row.

    `config` and `data` are names, `digest` the learning digest; `validation` counts the training
    samples held out. `before` holds the counters from which the first row counts. `confusion` is
    the confusion matrix of the test samples after the last row (true class first); None while the
    run goes on, where it was interrupted, or where there are no test samples.
    """

    config: str
    digest: str
    data: str | None
    validation: int
    before: dict[str, int]
    epochs: tuple[EpochResult, ...] = ()
    confusion: tuple[tuple[int, ...], ...] | None = None

    def with_epoch(self, result: EpochResult, counters: dict[str, int]) -> "History":
        """With the row of `result`, after which the state has `counters`.

        It replaces a row of the same epoch. Its figures are those of the whole epoch, the part
        before a stop included: the difference of `counters` from those of the rows before it.
        """
        rows = tuple(row for row in self.epochs if row.number < result.number)
        before = _counters(self.before, rows)
        whole = {name: (counters[name] - before[name]) % _WORD for name in COUNTERS}
        return replace(self, epochs=(*rows, replace(result, **whole)), confusion=None)

    def continued(self, start: Checkpoint) -> "History":
        """As it was at `start`, where the run continues; later rows are dropped.

        Raises:
            HistoryError: it lacks epochs before `start`, or does not count what `start` counts.
        """
        place = (start.epoch, start.position)
        rows = tuple(row for row in self.epochs if (row.epoch, row.position) <= place)
        if not rows:
            return replace(self, before=dict(start.state.counters), epochs=(), confusion=None)
        last = rows[-1]
        if last.epoch < start.epoch:
            raise HistoryError(f"ends in epoch {last.epoch + 1}, but the checkpoint continues in "
                               f"epoch {start.epoch + 1}")
        counters = _counters(self.before, rows)
        if (last.epoch, last.position) == place and counters != start.state.counters:
            raise HistoryError(f"counts {_shown(counters)}, but the checkpoint at the same place "
                               f"{_shown(start.state.counters)}: they are not of one run")
        return replace(self, epochs=rows, confusion=None)


def write_history(path: Path, history: History) -> None:
    """Write `history` to `path` as JSON, all or nothing; equal histories give equal bytes.

    Raises:
        OSError: `path` cannot be written.
    """
    write_atomically(path, (json.dumps(asdict(history), indent=2) + "\n").encode())


def read_history(path: Path) -> History:
    """The history in the file `path`.

    Raises:
        HistoryError: the file cannot be read, or holds no history.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise HistoryError(f"{path}: there is no such history") from None
    except OSError as error:
        raise HistoryError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        history = TypeAdapter(History).validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise HistoryError(f"{path}: is no history: {key + ': ' if key else ''}"
                           f"{first['msg']}") from None
    missing = [name for name in COUNTERS if name not in history.before]
    if missing:
        raise HistoryError(f"{path}: is no history: before: lacks {', '.join(missing)}")
    return history


def _counters(before: dict[str, int], rows: Sequence[EpochResult]) -> dict[str, int]:
    """The counters of a state after `rows`."""
    return {name: (before[name] + sum(getattr(row, name) for row in rows)) % _WORD
            for name in COUNTERS}


def _shown(counters: dict[str, int]) -> str:
    return ", ".join(f"{value:,} {name}" for name, value in counters.items())
