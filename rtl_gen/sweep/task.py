"""One training of a sweep: the task for a worker process, and the row that it returns."""

import sys
import time
from dataclasses import dataclass
from functools import lru_cache

from pulsetrain import __version__
from pulsetrain.compiled import make_engine
from pulsetrain.data import DataSet, load_data
from pulsetrain.device import learning_digest
from pulsetrain.golden.synapse import DEVICE_PULSES
from pulsetrain.run import Summary, prices, run_training
from pulsetrain.spec import Config

from .baseline import train_baseline

COUNTED = ("errors", "pulses", "refreshes", *DEVICE_PULSES)
"""The columns with counts of the whole training: samples classified wrongly before their pulses,
synapses pulsed, pairs refreshed, and device pulses."""

COSTS = ("joules", "array_seconds")
"""The columns with energy and time of the array of devices in the whole training, at the prices of
its configuration; empty if they are not counted."""

MEASURED = ("accuracy", "accuracy_by_epoch", *COUNTED, *COSTS, "samples_per_second", "seconds")
"""The columns that come from a training, and not from its plan."""

samples = lru_cache(maxsize=1)(load_data)
"""`load_data`, once per process: the trainings of a sweep share their data set."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """One training: `model` of `config`, `epochs` epochs.

    `grid` has the dotted keys of the sweep's grids and their values here, as texts; "" if the case
    does not vary a key. `data` is the data set as the user named it, `source` the same with an
    absolute path, so that a worker in another folder finds it.
    """

    case: str
    model: str
    grid: tuple[tuple[str, str], ...]
    config: Config
    epochs: int
    data: str
    source: str

    @property
    def identity(self) -> dict[str, str]:
        """The columns that distinguish this training from any other."""
        return {"case": self.case, "model": self.model, **dict(self.grid),
                "seed": str(self.config.seed), "epochs": str(self.epochs), "data": self.data,
                "digest": learning_digest(self.config)}

    @property
    def key(self) -> tuple[str, ...]:
        """The texts of `identity`."""
        return tuple(self.identity.values())

    def run(self) -> dict[str, str]:
        """Train it (`run_task`)."""
        return run_task(self)

    def __str__(self) -> str:
        values = ", ".join(f"{key}={value}" for key, value in self.grid if value)
        return ", ".join(part for part in (self.case, values, f"seed {self.config.seed}") if part)


def run_task(task: Task) -> dict[str, str]:
    """Train `task`; returns its row of the table, column to text.

    Accuracies (0..1) are of the test samples; the `COUNTED` and `COSTS` columns are empty for a
    floating-point network; samples per second do not count evaluation.

    Raises:
        data.DataError: the data set cannot be used in this process.
    """
    data = samples(task.source, task.config.training.scaling)
    started = time.perf_counter()
    measured = _float(task, data) if task.model == "float" else _pulse(task, data)
    seconds = time.perf_counter() - started
    return {**task.identity, **measured, "seconds": f"{seconds:.3f}", "version": __version__}


def _pulse(task: Task, data: DataSet) -> dict[str, str]:
    engine = make_engine(task.config, warn=lambda line: print(line, file=sys.stderr))
    summary = run_training(engine, data, epochs=task.epochs)
    totals = {name: str(sum(getattr(epoch, name) for epoch in summary.epochs))
              for name in COUNTED}
    accuracies = [epoch.accuracy for epoch in summary.epochs if epoch.accuracy is not None]
    return {**_accuracies(accuracies), **totals, **_costs(task.config, summary),
            "samples_per_second": f"{summary.samples_per_second:.1f}"}


def _costs(config: Config, summary: Summary) -> dict[str, str]:
    spent = [epoch.costs(prices(config)) for epoch in summary.epochs]
    known = [each for each in spent if each]
    if not known or len(known) < len(spent):
        return dict.fromkeys(COSTS, "")
    return {"joules": f"{sum(each.total_joules for each in known):.6g}",
            "array_seconds": f"{sum(each.total_seconds for each in known):.6g}"}


def _float(task: Task, data: DataSet) -> dict[str, str]:
    accuracies, seconds = train_baseline(task.config, data, epochs=task.epochs)
    speed = task.epochs * len(data.x_train) / seconds
    return {**_accuracies(accuracies), **dict.fromkeys((*COUNTED, *COSTS), ""),
            "samples_per_second": f"{speed:.1f}"}


def _accuracies(values: list[float]) -> dict[str, str]:
    texts = [str(round(value, 6)) for value in values]
    return {"accuracy": texts[-1], "accuracy_by_epoch": " ".join(texts)}
