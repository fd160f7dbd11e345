"""A search from its first trial to its result."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from statistics import mean

from pulsetrain.errors import FAILED, PulsetrainError
from pulsetrain.spec import Config
from pulsetrain.sweep import Tls, run_tasks

from .result import MARGIN, Score, Tuned
from .search import FINALISTS, Search
from .trial import Measured, Trial, seeds_from

Watch = Callable[[int, int, float | None], None]
"""Called with the number of trials done, that of all, and the best accuracy (0..1) until then."""

_FRESH = 1_000
"""The seeds of the last comparison begin this far above those of the search."""

_REPEAT = 3
"""The last comparison has this many times the seeds of a trial: few-level devices differ much from
seed to seed."""


class TrialError(PulsetrainError, RuntimeError):
    """A training of the last comparison failed; the message says why."""

    status = FAILED


@dataclass(frozen=True, kw_only=True)
class Workers:
    """Who trains: `jobs` local processes, or the dask cluster at `scheduler`."""

    jobs: int | None = None
    scheduler: str | None = None
    tls: Tls | None = None


def run_search(search: Search, workers: Workers, *, tested: bool, data: str,
               watch: Watch = lambda done, total, best: None) -> Tuned:
    """Train the trials of `search` that are left, and compare the best of them with the given
    configuration, with more seeds: first on the held-out samples, with seeds that no trial has
    used, which decides; then, if `tested`, on the test samples.

    Raises:
        TrialError: a training of the comparison failed.
        sweep.ClusterError, sweep.ClusterLostError: the cluster cannot be used.
    """
    base = search.base
    total = max(search.trials, search.finished) + FINALISTS + 1 + 2 * tested
    done = search.finished

    def note(more: int = 1) -> None:
        nonlocal done
        done += more
        watch(done, total, search.best)

    note(0)
    with closing(run_tasks(search.tasks(), jobs=workers.jobs, scheduler=workers.scheduler,
                           tls=workers.tls)) as outcomes:
        for outcome in outcomes:
            search.tell(outcome.task, outcome.row)
            note()
    configs = [base.config, *(search.config_of(tried) for tried in search.finalists)]
    count = _REPEAT * len(base.seeds)
    fresh = seeds_from(base.config.seed + _FRESH, count)
    judged = _train([_trial(base, config, seeds=fresh, held_out=base.held_out)
                     for config in configs], workers, note)
    chosen = _chosen(judged, search.objective)
    shown = dict.fromkeys((0, chosen))
    test = _train([_trial(base, configs[index],
                          seeds=seeds_from(base.config.seed, count), held_out=0)
                   for index in shown], workers, note) if tested else []
    note(total - done)
    tests = dict(zip(shown, test, strict=False))
    scores = {index: Score(
        config=configs[index], held_out=judged[index].last,
        test=tests[index].last if tested else (),
        device_pulses=judged[index].device_pulses, joules=judged[index].joules)
        for index in shown}
    return Tuned(default=scores[0], best=scores[chosen], tried=search.tried,
                 importance=search.importance(), data=data, epochs=base.epochs,
                 held_out=base.held_out, objective=search.objective)


def _chosen(judged: list[Measured], objective: str) -> int:
    """The index of the best; of the first, the given configuration, if no other is better.

    For little energy, it is the one with the least energy whose accuracy is at most `MARGIN` below
    the best.
    """
    means = [mean(measured.last) for measured in judged]
    if objective == "accuracy":
        return means.index(max(means))
    close = [index for index, value in enumerate(means) if value >= max(means) - MARGIN]
    return min(close, key=lambda index: judged[index].joules or 0.0)


def _trial(base: Trial, config: Config, *, seeds: tuple[int, ...], held_out: int) -> Trial:
    return replace(base, config=config, seeds=seeds, held_out=held_out, floors=())


def _train(tasks: list[Trial], workers: Workers,
           note: Callable[[], None]) -> list[Measured]:
    """The results of `tasks`, in their order; `note` is called after each."""
    named = {f"comparison {index}": replace(task, name=f"comparison {index}")
             for index, task in enumerate(tasks)}
    found: dict[str, Measured] = {}
    with closing(run_tasks(named.values(), jobs=workers.jobs, scheduler=workers.scheduler,
                           tls=workers.tls)) as outcomes:
        for outcome in outcomes:
            if outcome.row is None:
                raise TrialError(f"{outcome.task}: {outcome.error}")
            found[str(outcome.task)] = outcome.row
            note()
    return [found[name] for name in named]
