"""History: the figures of every epoch of a run, in one JSON file beside its checkpoint."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, TypeAdapter, ValidationError

from pulsetrain.device import learning_digest
from pulsetrain.errors import PulsetrainError, cut, shown
from pulsetrain.files import MEBIBYTE, read_bytes, write_atomically
from pulsetrain.golden.synapse import COUNTERS, DEVICE_PULSES, ENERGY_COUNTS
from pulsetrain.spec.fields import misfit, refuse

from .checkpoint import Checkpoint
from .costs import Price, prices
from .loop import Count, EnergyCounts, EpochResult, Word, device_pulses_since, energy_since

CHECKPOINT, HISTORY = "checkpoint.npz", "history.json"
"""The files of a run folder."""

_WORD = 2**32

HISTORY_BYTES = 64 * MEBIBYTE


class HistoryError(PulsetrainError, ValueError):
    """A history cannot be used or continued; the message says why."""


def _complete(counters: dict[str, int]) -> dict[str, int]:
    if counters.keys() != {*COUNTERS}:
        raise refuse(f"a count of each of {', '.join(COUNTERS)}", counters)
    return counters


def _complete_device_pulses(counts: dict[str, int]) -> dict[str, int]:
    if counts.keys() != {*DEVICE_PULSES}:
        raise refuse(f"a count of each of {', '.join(DEVICE_PULSES)}", counts)
    return counts


def _in_order(rows: tuple[EpochResult, ...]) -> tuple[EpochResult, ...]:
    for index, row in enumerate(rows):
        key = f"epochs.{index}"
        if index and row.number != rows[index - 1].number + 1:
            raise misfit(f"{key}.number", f"{rows[index - 1].number + 1}, the epoch after the one "
                         "before it", row.number)
        if row.errors > row.samples:
            raise misfit(f"{key}.errors", f"at most the {row.samples} samples of its epoch",
                         row.errors)
        complete = (row.epoch, row.position) == (row.number + 1, 0)
        if not complete and (row.epoch != row.number or not row.position or row is not rows[-1]):
            raise misfit(f"{key}.epoch and position",
                         f"{row.number + 1} and 0, the end of its epoch"
                         + f", or {row.number} and samples of it" * (row is rows[-1]),
                         (row.epoch, row.position))
    return rows


def _square(matrix: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    if len(matrix) < 2 or any(len(row) != len(matrix) for row in matrix) or not any(
            map(any, matrix)):
        raise refuse("a square table with a row and a column for each class, which counts at "
                     "least one sample", [list(row) for row in matrix])
    return matrix


@dataclass(frozen=True, kw_only=True)
class RunHistory:
    """The epochs of one run, in order. The parts of an epoch before and after a stop are one row.

    `config` and `data` are names, `digest` the learning digest; `validation` counts the training
    samples held out. `before`, `device_pulses_before` and `energy_before` hold the counters, the
    device pulses and the energy counts before the first row, the last two None if they are unknown.
    `prices` turn counts into joules and seconds; None without a section [device.energy].
    `confusion` is the confusion matrix of the test samples after the last row (true class first);
    None while the run continues, if it was interrupted, or if there are no test samples.

    The types of the fields define what `read_history` accepts.
    """

    config: str
    digest: str
    data: str | None
    validation: Count
    before: Annotated[dict[str, Word], AfterValidator(_complete)]
    device_pulses_before: (
        Annotated[dict[str, Count], AfterValidator(_complete_device_pulses)] | None) = None
    energy_before: EnergyCounts | None = None
    prices: dict[str, Price] | None = None
    epochs: Annotated[tuple[EpochResult, ...], AfterValidator(_in_order)] = ()
    confusion: Annotated[tuple[tuple[Word, ...], ...], AfterValidator(_square)] | None = None

    @classmethod
    def begun(cls, start: Checkpoint) -> "RunHistory":
        """The history, still without rows, of a run that begins at `start`."""
        return cls(config=start.config.name, digest=learning_digest(start.config), data=None,
                   validation=start.validation, before=dict(start.state.counters),
                   device_pulses_before=start.state.device_pulses,
                   energy_before=start.state.energy, prices=prices(start.config))

    def of(self, data: str) -> "RunHistory":
        """This history with the data set named `data`.

        Raises:
            HistoryError: it began with another.
        """
        if self.data not in (None, data):
            raise HistoryError(f"was made with --data {self.data}, not with {data}")
        return replace(self, data=data)

    def with_epoch(self, result: EpochResult, counters: dict[str, int],
                   device_pulses: dict[str, int] | None = None,
                   energy: dict[str, int] | None = None) -> "RunHistory":
        """This history with a row for `result`, after which the state has `counters`,
        `device_pulses` and `energy`.

        It replaces a row of the same epoch. Its figures are those of the whole epoch, including
        the part before a stop: the counts minus those of the rows before it.
        """
        rows = tuple(row for row in self.epochs if row.number < result.number)
        before = _counters(self.before, rows)
        whole = {name: (counters[name] - before[name]) % _WORD for name in COUNTERS}
        whole |= device_pulses_since(_device_pulses(self.device_pulses_before, rows), device_pulses)
        spent = energy_since(_energy(self.energy_before, rows), energy)
        return replace(self, epochs=(*rows, replace(result, **whole, energy=spent)),
                       confusion=None)

    def with_confusion(self, confusion: np.ndarray) -> "RunHistory":
        """This history with the confusion matrix (classes, classes) of its end."""
        return replace(self, confusion=tuple(tuple(row) for row in confusion.tolist()))

    def continued(self, start: Checkpoint) -> "RunHistory":
        """This history as it was at `start`, where the run continues; later rows are dropped.

        Raises:
            HistoryError: epochs before `start` are missing, or its counts differ from `start`.
        """
        reached = (start.epoch, start.position)
        rows = tuple(row for row in self.epochs if (row.epoch, row.position) <= reached)
        if not rows:
            return replace(self, before=dict(start.state.counters), epochs=(), confusion=None,
                           device_pulses_before=start.state.device_pulses,
                           energy_before=start.state.energy, prices=prices(start.config))
        last = rows[-1]
        if last.epoch < start.epoch:
            raise HistoryError(f"ends in epoch {last.epoch + 1}, but the checkpoint continues in "
                               f"epoch {start.epoch + 1}")
        ours, theirs = _counters(self.before, rows), start.state.counters
        device_pulses = _device_pulses(self.device_pulses_before, rows)
        if device_pulses and start.state.device_pulses:
            ours, theirs = ours | device_pulses, theirs | start.state.device_pulses
        if (last.epoch, last.position) == reached and ours != theirs:
            raise HistoryError(f"counts {_shown(ours)}, but the checkpoint at the same position "
                               f"{_shown(theirs)}: they are not of the same run")
        return replace(self, epochs=rows, confusion=None, prices=prices(start.config))


def write_history(path: Path, history: RunHistory) -> None:
    """Write `history` to `path` as JSON, atomically; equal histories give equal bytes.

    Every epoch also has its `joules` and `seconds` by kind of work, None if they are unknown. They
    follow from its counts and the `prices`; `read_history` ignores them.

    Raises:
        OSError: `path` cannot be written.
    """
    content = asdict(history)
    for row, epoch in zip(content["epochs"], history.epochs, strict=True):
        spent = epoch.costs(history.prices)
        row |= asdict(spent) if spent else {"joules": None, "seconds": None}
    write_atomically(path, (json.dumps(content, indent=2) + "\n").encode())


def read_history(path: Path) -> RunHistory:
    """The history in the file `path`.

    Raises:
        HistoryError: the file cannot be read, or is not a history.
    """
    content = read_bytes(path, "history", HistoryError, limit=HISTORY_BYTES)
    try:
        return TypeAdapter(RunHistory).validate_json(content, strict=True)
    except ValidationError as error:
        raise HistoryError(f"{path}: is not a history: {refusal(error)}") from None


def refusal(error: ValidationError) -> str:
    """The first error of a file on one line: the key, what is allowed, what was given."""
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    context: dict[str, Any] = first.get("ctx", {})
    if "allowed" in context:
        key = context.get("key", key)
        return f"{key}: must be {context['allowed']}, not {cut(context['value'])}"
    if first["type"] in ("missing", "json_invalid"):
        return f"{key}: is missing" if key else first["msg"]
    allowed = first["msg"].replace("Input should be", "must be")
    return f"{key + ': ' if key else ''}{allowed}, not {shown(first['input'])}"


def _counters(before: dict[str, int], rows: Sequence[EpochResult]) -> dict[str, int]:
    """The counters of a state after `rows`."""
    return {name: (before[name] + sum(getattr(row, name) for row in rows)) % _WORD
            for name in COUNTERS}


def _device_pulses(before: dict[str, int] | None,
                   rows: Sequence[EpochResult]) -> dict[str, int] | None:
    """The device pulses of a state after `rows`; None if they are unknown."""
    if before is None or any(row.device_pulses is None for row in rows):
        return None
    return {name: before[name] + sum(getattr(row, name) for row in rows)
            for name in DEVICE_PULSES}


def _energy(before: dict[str, int] | None,
            rows: Sequence[EpochResult]) -> dict[str, int] | None:
    """The energy counts of a state after `rows`; None if they are unknown."""
    counted = [row.energy for row in rows if row.energy is not None]
    if before is None or len(counted) < len(rows):
        return None
    return {name: before[name] + sum(counts[name] for counts in counted)
            for name in ENERGY_COUNTS}


def _shown(counters: dict[str, int]) -> str:
    return ", ".join(f"{value:,} {name}" for name, value in counters.items())
