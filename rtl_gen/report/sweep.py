"""The trials of a sweep, as its CSV file holds them, and their groups over seeds."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, TypeAdapter, ValidationError

from pulsetrain.errors import cut
from pulsetrain.files import MEBIBYTE, read_text
from pulsetrain.golden.synapse import DEVICE_PULSES
from pulsetrain.spec.fields import choice, refuse

from .failure import ReportError

GROUPS = 200
"""Most cases and points of their grids that a page shows."""

TRIALS = 20_000
"""Most trainings that a page shows."""

TABLE_BYTES = 64 * MEBIBYTE

_LARGEST = 10**15
"""Numbers beyond are not drawn on an axis."""

_COLUMNS = ("case", "model", "seed", "epochs", "data", "accuracy", "accuracy_by_epoch", "pulses")


def _text(value: str) -> str:
    if re.search(r"[\x00-\x1f\x7f-\x9f]", value):
        raise refuse("a text without control characters", value)
    return value


def _whole(low: int, high: int) -> Any:
    """An integer in `low`..`high`, as text."""

    def check(text: str) -> int:
        if not re.fullmatch("[0-9]{1,20}", text) or not low <= int(text) <= high:
            raise refuse(f"an integer in {low}..{high}", text)
        return int(text)

    return Annotated[int, BeforeValidator(check)]


def _share(text: str) -> float:
    if not _is_number(text) or not 0 <= float(text) <= 1:
        raise refuse("a number in 0..1", text)
    return float(text)


def _shares(text: str) -> tuple[float, ...]:
    return tuple(map(_share, text.split()))


def _count(text: str) -> int | None:
    if text and not re.fullmatch("[0-9]{1,20}", text):
        raise refuse("an integer of at most 20 digits, or empty", text)
    return int(text) if text else None


_Text = Annotated[str, BeforeValidator(_text)]
_Count = Annotated[int | None, BeforeValidator(_count)]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One training; accuracies are 0..1, those by epoch of all epochs or of none.

    `grid` maps the keys of the sweep's grid, and "epochs" and "data", to texts; "" where the case
    does not vary a key. `pulses` counts synapses pulsed; it and the device pulses are None where
    they are not known: for the floating-point model, and the latter in tables of earlier versions.

    The fields say what a row of the table may hold, all as texts.
    """

    case: _Text
    model: choice("pulse", "float")
    grid: dict[_Text, _Text]
    seed: _whole(0, 2**32 - 1)
    epochs: _whole(1, 1_000_000)
    accuracy: Annotated[float, BeforeValidator(_share)]
    accuracy_by_epoch: Annotated[tuple[float, ...], BeforeValidator(_shares)]
    pulses: _Count
    ltp_pulses: _Count
    ltd_pulses: _Count
    erase_pulses: _Count
    reprogram_pulses: _Count

    @property
    def device_pulses(self) -> int | None:
        """All pulses applied to devices; None where they are not known."""
        counts = [getattr(self, name) for name in DEVICE_PULSES]
        return None if None in counts else sum(counts)


@dataclass(frozen=True, kw_only=True)
class Group:
    """Trials that differ in nothing but their seed."""

    trials: tuple[Trial, ...]

    @property
    def case(self) -> str:
        """The name of its configuration."""
        return self.trials[0].case

    @property
    def name(self) -> str:
        """The case, which says so if it is of the floating-point model."""
        told = not self.is_float or "float" in self.case
        return self.case if told else f"{self.case} (float)"

    @property
    def is_float(self) -> bool:
        """Whether it is of the floating-point model: a reference, not a device."""
        return self.trials[0].model == "float"

    @property
    def grid(self) -> dict[str, str]:
        """Its place in the grid."""
        return self.trials[0].grid

    @cached_property
    def accuracies(self) -> np.ndarray:
        """Last accuracies (n,)."""
        return np.array([trial.accuracy for trial in self.trials])

    @property
    def mean(self) -> float:
        """Mean of `accuracies`."""
        return float(self.accuracies.mean())

    @property
    def deviation(self) -> float:
        """Sample standard deviation of `accuracies`; 0.0 where there is one only."""
        return float(self.accuracies.std(ddof=1)) if len(self.trials) > 1 else 0.0

    @property
    def pulses(self) -> float | None:
        """Mean of the synapses pulsed; None where it is not known of every trial."""
        return _mean([trial.pulses for trial in self.trials])

    @property
    def device_pulses(self) -> float | None:
        """Mean of the device pulses; None where they are not known of every trial."""
        return _mean([trial.device_pulses for trial in self.trials])

    @property
    def curve(self) -> np.ndarray:
        """Mean accuracy after every epoch that all trials have; (epochs,)."""
        return mean_curve([np.array(trial.accuracy_by_epoch) for trial in self.trials])


def _mean(counts: Sequence[int | None]) -> float | None:
    return None if None in counts else sum(counts) / len(counts)


def mean_curve(curves: Sequence[np.ndarray]) -> np.ndarray:
    """The mean of `curves`, as long as the shortest."""
    length = min(len(curve) for curve in curves)
    return np.mean([curve[:length] for curve in curves], axis=0)


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """The trials of the file named `name`; there is at least one.

    Of trials that are the same but for their figures the last one counts: its case was changed.
    """

    name: str
    trials: tuple[Trial, ...]

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The trials in groups, in the order of the file."""
        found: dict[tuple, dict[int, Trial]] = {}
        for trial in self.trials:
            found.setdefault(_group(trial), {})[trial.seed] = trial
        return tuple(Group(trials=tuple(by_seed.values())) for by_seed in found.values())

    @cached_property
    def varied(self) -> tuple[str, ...]:
        """Keys of the grid that have more than one value, in the order of the file."""
        return tuple(key for key in self.trials[0].grid if len(self.values(key)) > 1)

    @cached_property
    def numeric(self) -> dict[str, tuple[Group, ...]]:
        """The varied keys whose values are all numbers, each with the groups that it places.

        A group belongs to the first of them that it has a value of; keys without a group are left
        out.
        """
        found: dict[str, tuple[Group, ...]] = {}
        left = list(self.groups)
        for key in self.varied:
            if all(_is_number(value) for value in self.values(key)):
                groups = tuple(group for group in left if group.grid[key])
                left = [group for group in left if not group.grid[key]]
                found |= {key: groups} if groups else {}
        return found

    @cached_property
    def best(self) -> Group:
        """The group of the highest mean; the reference only if there is no other."""
        pulsed = [group for group in self.groups if not group.is_float]
        return max(pulsed or self.groups, key=lambda group: group.mean)

    def values(self, key: str) -> list[str]:
        """The values of `key`, in the order of the file."""
        return list(dict.fromkeys(trial.grid[key] for trial in self.trials if trial.grid[key]))

    def label(self, group: Group, without: Sequence[str | None] = ()) -> str:
        """What tells `group` from the others, but for the keys `without`."""
        parts = [f"{key.rpartition('.')[2]} {group.grid[key]}" for key in self.varied
                 if key not in without and group.grid[key]]
        return ", ".join([group.name, *parts])


def read_sweep(path: Path) -> Sweep:
    """The sweep in the CSV file `path`.

    Raises:
        ReportError: the file cannot be read, holds no sweep, or one of more than `GROUPS` cases
            and points of their grids or more than `TRIALS` trainings.
    """
    text = read_text(path, "table of a sweep", ReportError, limit=TABLE_BYTES)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), restval="")
        heading = list(reader.fieldnames or ())
        missing = [name for name in _COLUMNS if name not in heading]
        if missing:
            raise ReportError(f"{path}: is no sweep: it lacks the columns {', '.join(missing)}")
        trials = _trials(path, reader, heading[heading.index("model") + 1:heading.index("seed")])
    except csv.Error as error:
        raise ReportError(f"{path}: cannot be read: {error}") from None
    if not trials:
        raise ReportError(f"{path}: the sweep holds no trial yet")
    return Sweep(name=path.stem, trials=trials)


def _trials(path: Path, reader: csv.DictReader, keys: list[str]) -> tuple[Trial, ...]:
    """The rows of a table whose grid has `keys`."""
    trials, groups = [], set()
    for row in reader:
        try:
            trials.append(_trial(row, keys))
        except ValueError as error:
            raise ReportError(f"{path}: line {reader.line_num}: {_refusal(error)}") from None
        groups.add(_group(trials[-1]))
        for what, number, most in (("cases and points of their grids", len(groups), GROUPS),
                                   ("trainings", len(trials), TRIALS)):
            if number > most:
                raise ReportError(f"{path}: line {reader.line_num}: a page shows at most {most:,} "
                                  f"{what}, and the table holds more: take some out")
    return tuple(trials)


def _trial(row: dict[str | None, Any], keys: list[str]) -> Trial:
    """The trial of one row.

    Raises:
        ValueError: a cell cannot be read (a `pydantic.ValidationError`), or the row as a whole.
    """
    if None in row:
        raise ValueError(f"must have a cell for each of {len(row) - 1} columns, not "
                         f"{len(row) - 1 + len(row[None])}")
    cells = {name: row.get(name, "") for name in (*_COLUMNS, *DEVICE_PULSES) if name != "data"}
    trial = _TRIAL.validate_python(
        {**cells, "grid": {key: row[key] for key in (*keys, "epochs", "data")}})
    if len(trial.accuracy_by_epoch) not in (0, trial.epochs):
        raise ValueError(f"accuracy_by_epoch must be {trial.epochs} numbers, one for each of "
                         f"epochs, or empty, not {len(trial.accuracy_by_epoch)} numbers")
    return trial


_TRIAL = TypeAdapter(Trial)


def _refusal(error: ValueError) -> str:
    """What is wrong with a row, in one line: the column, what is allowed, what was given."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False)[0]
    column = next((part for part in reversed(first["loc"]) if part != "[key]"), "")
    value = first["ctx"]["value"]
    return f"{column} must be {first['ctx']['allowed']}, not {cut(value)}"


def _group(trial: Trial) -> tuple[str, ...]:
    """What the trials of a group have in common."""
    return trial.case, trial.model, *trial.grid.values()


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) <= _LARGEST
    except ValueError:
        return False
