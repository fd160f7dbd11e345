"""What a sweep found: mean and spread over the seeds, for every case and point of the grid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from .task import Task


@dataclass(frozen=True, kw_only=True)
class Point:
    """One case at one point of its grid, with `n` seeds trained.

    `mean` and `deviation` (of the sample, over n - 1) are of the last test accuracy, 0..1; None
    where fewer than one or two seeds are there.
    """

    case: str
    model: str
    grid: dict[str, str]
    n: int
    mean: float | None
    deviation: float | None


def summarise(tasks: Sequence[Task], rows: Mapping[tuple[str, ...], Mapping[str, str]]) -> list[
        Point]:
    """The points of `tasks` in their order, from the `rows` that are there (`Table.rows`)."""
    points: dict[tuple, list[float]] = {}
    for task in tasks:
        found = points.setdefault((task.case, task.model, task.grid), [])
        if task.key in rows:
            found.append(float(rows[task.key]["accuracy"]))
    return [Point(case=case, model=model, grid=dict(grid), n=len(found),
                  mean=mean(found) if found else None,
                  deviation=stdev(found) if len(found) > 1 else None)
            for (case, model, grid), found in points.items()]
