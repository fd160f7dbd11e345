"""The trials of a sweep from its CSV file, and their groups over seeds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from pulsetrain.errors import shown
from pulsetrain.files import read_text
from pulsetrain.sweep.record import Record, RecordedPoint, read_record, record_path
from pulsetrain.sweep.trials import TABLE_BYTES, Reader, Row, TableError, Trial

from .failure import ReportError

GROUPS = 200
"""Most groups, which are points of the grids of cases, that a page shows."""

TRIALS = 20_000
"""Most trainings that a page shows."""

_LARGEST = 10**15
"""Larger numbers are not drawn on an axis."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Trials that differ only in their seed."""

    trials: tuple[Trial, ...]

    @property
    def case(self) -> str:
        """The name of its configuration."""
        return self.trials[0].case

    @property
    def name(self) -> str:
        """The name of the case, which says if it is of the floating-point model."""
        is_clear = not self.is_float or "float" in self.case
        return self.case if is_clear else f"{self.case} (float)"

    @property
    def is_float(self) -> bool:
        """Whether it is of the floating-point model: a reference, not a device."""
        return self.trials[0].model == "float"

    @property
    def grid(self) -> dict[str, str]:
        """Its point of the grid."""
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
        """Sample standard deviation of `accuracies`; 0.0 for a single one."""
        return float(self.accuracies.std(ddof=1)) if len(self.trials) > 1 else 0.0

    @property
    def pulses(self) -> float | None:
        """Mean of the synapses pulsed; None if it is unknown for some trial."""
        return _mean([trial.pulses for trial in self.trials])

    @property
    def device_pulses(self) -> float | None:
        """Mean of the device pulses; None if they are unknown for some trial."""
        return _mean([trial.device_pulses for trial in self.trials])

    @property
    def joules(self) -> float | None:
        """Mean energy of the array in a training; None if it is unknown for some trial."""
        return _mean([trial.joules for trial in self.trials])

    @property
    def array_seconds(self) -> float | None:
        """Mean time of the array in a training; None if it is unknown for some trial."""
        return _mean([trial.array_seconds for trial in self.trials])

    @property
    def curve(self) -> np.ndarray:
        """Mean accuracy after every epoch that all trials have; (epochs,)."""
        return mean_curve([np.array(trial.accuracy_by_epoch) for trial in self.trials])


def _mean(counts: Sequence[float | None]) -> float | None:
    known = [count for count in counts if count is not None]
    return sum(known) / len(known) if len(known) == len(counts) else None


def mean_curve(curves: Sequence[np.ndarray]) -> np.ndarray:
    """The mean of `curves`, as long as the shortest."""
    length = min(len(curve) for curve in curves)
    return np.mean([curve[:length] for curve in curves], axis=0)


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """The trials of the file named `name`; there is at least one.

    If trials have the same case, grid and seed, the last one counts: the case was changed.
    `record` is what the sweep trained; None if it was not kept.
    """

    name: str
    trials: tuple[Trial, ...]
    record: Record | None = None

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The trials in groups: in the order of the sweep file, or of the table if the file was not
        kept. Seeds are in ascending order."""
        found: dict[tuple[str, ...], dict[int, Trial]] = {}
        for trial in self.trials:
            found.setdefault(_group(trial), {})[trial.seed] = trial
        groups = [Group(trials=tuple(by_seed[seed] for seed in sorted(by_seed)))
                  for by_seed in found.values()]
        points = self.record.points if self.record else ()
        order = {id(point): index for index, point in enumerate(points)}
        return tuple(sorted(groups, key=lambda group: order.get(id(self.point(group)), len(order))))

    @property
    def seeds(self) -> list[int]:
        """All seeds, in ascending order."""
        return sorted({trial.seed for trial in self.trials})

    def point(self, group: Group) -> RecordedPoint | None:
        """The point of the record that holds the last trial of `group`; None if there is none."""
        points = self.record.points if self.record else ()
        return next((point for point in points if point.holds(group.trials[-1])), None)

    @cached_property
    def varied(self) -> tuple[str, ...]:
        """Keys of the grid that have more than one value, in the order of the file."""
        return tuple(key for key in self.trials[0].grid if len(self.values(key)) > 1)

    @cached_property
    def numeric(self) -> dict[str, tuple[Group, ...]]:
        """The varied keys whose values are all numbers, each with the groups to draw against it.

        A group belongs to the first key that it has a value for; keys without a group are left
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

    def is_on_axis(self, group: Group) -> bool:
        """Whether `group` is drawn against a key of `numeric`."""
        return any(group in groups for groups in self.numeric.values())

    @cached_property
    def best(self) -> Group:
        """The group with the highest mean; a floating-point reference only if there is no other."""
        pulsed = [group for group in self.groups if not group.is_float]
        return max(pulsed or self.groups, key=lambda group: group.mean)

    def values(self, key: str) -> list[str]:
        """The values of `key`, in the order of the file."""
        return list(dict.fromkeys(trial.grid[key] for trial in self.trials if trial.grid[key]))

    def label(self, group: Group, without: Sequence[str | None] = ()) -> str:
        """What distinguishes `group` from the others, except for the keys `without`."""
        parts = [f"{key.rpartition('.')[2]} {group.grid[key]}" for key in self.varied
                 if key not in without and group.grid[key]]
        return ", ".join([group.name, *parts])


def read_sweep(path: Path) -> Sweep:
    """The sweep whose table is the CSV file `path`, with the record beside it, if there is one.

    Raises:
        sweep.TableError: the file cannot be read, or is not the table of a sweep; or the same of
            the record.
        ReportError: it has no row, text that a page cannot show, more than `GROUPS` cases and
            points of their grids, or more than `TRIALS` trainings.
    """
    text = read_text(path, "table of a sweep", TableError, limit=TABLE_BYTES)
    trials, groups = [], set()
    for row in Reader(text, str(path)):
        _check_texts(path, row)
        trials.append(row.trial)
        groups.add(_group(row.trial))
        for what, number, most in (("cases and points of their grids", len(groups), GROUPS),
                                   ("trainings", len(trials), TRIALS)):
            if number > most:
                raise ReportError(f"{path}: line {row.line}: a page shows at most {most:,} "
                                  f"{what}, but the table has more: remove some")
    if not trials:
        raise ReportError(f"{path}: the sweep has no trials yet")
    record = record_path(path)
    return Sweep(name=path.stem, trials=tuple(trials),
                 record=read_record(record) if record.exists() else None)


def _check_texts(path: Path, row: Row) -> None:
    """Check that a page can show the names and values of `row`.

    Raises:
        ReportError: it cannot; the message names line, column and value.
    """
    trial = row.trial
    names = (("the name of a column", key) for key in trial.grid)
    for what, text in (*names, ("case", trial.case), *trial.grid.items()):
        if re.search(r"[\x00-\x1f\x7f-\x9f]", text):
            raise ReportError(f"{path}: line {row.line}: {what} must be a text without "
                              f"control characters, not {shown(text)}")


def _group(trial: Trial) -> tuple[str, ...]:
    """What the trials of a group have in common."""
    return trial.case, trial.model, *trial.grid.values()


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) <= _LARGEST
    except ValueError:
        return False
