"""Results of a sweep: mean and spread over the seeds, for every case and point of the grid."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from pulsetrain.golden.synapse import DEVICE_PULSES

from .task import COSTS, Task


@dataclass(frozen=True, kw_only=True)
class Point:
    """One case at one point of its grid, with `n` seeds trained.

    `mean` and `deviation` (of the sample, over n - 1) are of the last test accuracy, 0..1; None
    with fewer than one or two seeds. The others are means over the seeds of counts of the whole
    training: synapses pulsed, pairs refreshed, and device pulses, in total and by name; None if
    they are unknown for some seed, as for a floating-point network.
    """

    case: str
    model: str
    grid: dict[str, str]
    n: int
    mean: float | None
    deviation: float | None
    synapses_pulsed: float | None
    pairs_refreshed: float | None
    device_pulses: float | None
    ltp_pulses: float | None
    ltd_pulses: float | None
    erase_pulses: float | None
    reprogram_pulses: float | None
    joules: float | None
    array_seconds: float | None


_Key = tuple[str, str, tuple[tuple[str, str], ...]]
"""A case, its model, and its point of the grid."""


def summarise(tasks: Sequence[Task], rows: Mapping[tuple[str, ...], Mapping[str, str]]) -> list[
        Point]:
    """The points of `tasks` in their order, from the `rows` that exist (`Table.rows`)."""
    points: dict[_Key, list[Mapping[str, str]]] = {}
    for task in tasks:
        found = points.setdefault((task.case, task.model, task.grid), [])
        if task.key in rows:
            found.append(rows[task.key])
    return [_point(*key, found) for key, found in points.items()]


def _point(case: str, model: str, grid: tuple[tuple[str, str], ...],
           rows: Sequence[Mapping[str, str]]) -> Point:
    accuracies = [float(row["accuracy"]) for row in rows]
    by_name = {name: _mean_count(rows, name) for name in DEVICE_PULSES}
    known = [pulses for pulses in by_name.values() if pulses is not None]
    return Point(case=case, model=model, grid=dict(grid), n=len(rows),
                 mean=mean(accuracies) if accuracies else None,
                 deviation=stdev(accuracies) if len(accuracies) > 1 else None,
                 synapses_pulsed=_mean_count(rows, "pulses"),
                 pairs_refreshed=_mean_count(rows, "refreshes"),
                 **{name: _mean_of(rows, name, float) for name in COSTS},
                 device_pulses=sum(known) if len(known) == len(by_name) else None, **by_name)


def _mean_count(rows: Sequence[Mapping[str, str]], column: str) -> float | None:
    return _mean_of(rows, column, int)


def _mean_of(rows: Sequence[Mapping[str, str]], column: str,
             number: Callable[[str], float]) -> float | None:
    texts = [row.get(column, "") for row in rows]
    return mean(map(number, texts)) if texts and all(texts) else None
