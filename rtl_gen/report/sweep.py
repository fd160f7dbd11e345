"""The trials of a sweep, as its CSV file holds them, and their groups over seeds."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from .failure import ReportError

_COLUMNS = ("case", "model", "seed", "epochs", "data", "accuracy", "accuracy_by_epoch", "pulses")


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One training; accuracies are 0..1, `pulses` is None for the floating-point model.

    `grid` maps the keys of the sweep's grid, and "epochs" and "data", to texts; "" where the case
    does not vary a key.
    """

    case: str
    model: str
    grid: dict[str, str]
    seed: str
    accuracy: float
    accuracy_by_epoch: tuple[float, ...]
    pulses: int | None


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
        """Mean of the pulses; None for the floating-point model."""
        pulses = [trial.pulses for trial in self.trials if trial.pulses is not None]
        return sum(pulses) / len(pulses) if pulses else None

    @property
    def curve(self) -> np.ndarray:
        """Mean accuracy after every epoch that all trials have; (epochs,)."""
        return mean_curve([np.array(trial.accuracy_by_epoch) for trial in self.trials])


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
        found: dict[tuple, dict[str, Trial]] = {}
        for trial in self.trials:
            key = (trial.case, trial.model, *trial.grid.values())
            found.setdefault(key, {})[trial.seed] = trial
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
        ReportError: the file cannot be read, or holds no sweep.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restval="")
            heading = list(reader.fieldnames or ())
            missing = [name for name in _COLUMNS if name not in heading]
            if missing:
                raise ReportError(f"{path}: is no sweep: it lacks the columns "
                                  f"{', '.join(missing)}")
            keys = heading[heading.index("model") + 1:heading.index("seed")]
            trials = tuple(_trial(path, reader.line_num, row, keys) for row in reader)
    except FileNotFoundError:
        raise ReportError(f"{path}: there is no such sweep") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReportError(f"{path}: cannot be read: {error}") from None
    if not trials:
        raise ReportError(f"{path}: the sweep holds no trial yet")
    return Sweep(name=path.stem, trials=trials)


def _trial(path: Path, line: int, row: dict[str, str], keys: list[str]) -> Trial:
    def share(name: str, text: str) -> float:
        if not _is_number(text) or not 0 <= float(text) <= 1:
            raise ReportError(f"{path}: line {line}: {name} must be a number in 0..1, not {text!r}")
        return float(text)

    for name in ("epochs", "pulses"):
        if not row[name].isdecimal() and (name, row[name]) != ("pulses", ""):
            raise ReportError(f"{path}: line {line}: {name} must be an integer, not {row[name]!r}")
    return Trial(
        case=row["case"], model=row["model"],
        grid={key: row[key] for key in (*keys, "epochs", "data")}, seed=row["seed"],
        pulses=int(row["pulses"]) if row["pulses"] else None,
        accuracy=share("accuracy", row["accuracy"]),
        accuracy_by_epoch=tuple(share("accuracy_by_epoch", text)
                                for text in row["accuracy_by_epoch"].split()))


def _is_number(text: str) -> bool:
    try:
        return np.isfinite(float(text))
    except ValueError:
        return False
