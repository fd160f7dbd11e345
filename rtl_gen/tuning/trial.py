"""One trial: a configuration trained with several seeds, judged after every epoch."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from warnings import warn

import numpy as np

from pulsetrain.compiled import make_engine
from pulsetrain.data import DataSet
from pulsetrain.run import Backend, costs, prices, run_training
from pulsetrain.spec import Config
from pulsetrain.spec.load import config_from_json
from pulsetrain.sweep.task import samples


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a trial measured; accuracies are shares (0..1).

    `by_epoch` has the accuracy after every epoch of every seed: a row per epoch. `device_pulses`
    is the mean over seeds, and so are the `joules` of the array per training sample, None if energy
    is not counted. A trial that was given up has fewer epochs than it should.
    """

    by_epoch: tuple[tuple[float, ...], ...]
    device_pulses: float
    joules: float | None = None
    pruned: bool = False

    @property
    def means(self) -> list[float]:
        """The mean over seeds after every epoch."""
        return [float(np.mean(row)) for row in self.by_epoch]

    @property
    def value(self) -> float:
        """What the search maximises: the mean over seeds and the last tenth of the epochs, because
        accuracy varies from epoch to epoch."""
        return float(np.mean(self.means[-max(1, len(self.by_epoch) // 10):]))

    @property
    def last(self) -> tuple[float, ...]:
        """The accuracies of the seeds after the last epoch."""
        return self.by_epoch[-1]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """`config` to train for `epochs` epochs, once with each seed of `seeds`.

    The accuracy is that of `held_out` training samples, which are not trained; if it is 0, that of
    the test samples, after training on all. The trial is given up after epoch e (from 0) if no
    accuracy until then reaches `floors[e]`. `source` is the data set, as in `sweep.Task`.
    """

    name: str
    config: Config
    seeds: tuple[int, ...]
    epochs: int
    held_out: int
    source: str
    floors: tuple[float, ...] = ()

    def run(self) -> Measured:
        """Train it."""
        data = judged_on(samples(self.source), self.held_out)
        engines = [make_engine(with_seed(self.config, seed), warn=warn) for seed in self.seeds]
        rows: list[tuple[float, ...]] = []
        best = 0.0
        for epoch in range(self.epochs):
            rows.append(tuple(
                run_training(engine, data, epochs=epoch + 1, epoch=epoch).epochs[0].accuracy or 0.0
                for engine in engines))
            best = max(best, float(np.mean(rows[-1])))
            if epoch + 1 < self.epochs and best < _floor(self.floors, epoch):
                break
        pulses = [sum((engine.device_pulses() or {}).values()) for engine in engines]
        joules = [_joules(engine) for engine in engines]
        known = [each for each in joules if each is not None]
        return Measured(by_epoch=tuple(rows), device_pulses=float(np.mean(pulses)),
                        joules=float(np.mean(known)) if len(known) == len(joules) else None,
                        pruned=len(rows) < self.epochs)

    def __str__(self) -> str:
        return self.name


def seeds_from(first: int, count: int) -> tuple[int, ...]:
    """`count` seeds from `first` on, within the range of seeds."""
    return tuple((first + index - 1) % (2**32 - 1) + 1 for index in range(count))


def with_seed(config: Config, seed: int) -> Config:
    """`config` with another seed."""
    return config_from_json(config.model_dump_json(), settings=[("seed", seed)],
                            source=config.name)


@lru_cache(maxsize=1)
def judged_on(data: DataSet, held_out: int) -> DataSet:
    """`data` with `held_out` random training samples in the place of the test samples.

    Which samples they are depends on nothing else, so that all trials hold out the same.
    """
    if not held_out:
        return data
    order = np.random.default_rng(len(data.x_train)).permutation(len(data.x_train))
    out, kept = order[:held_out], np.sort(order[held_out:])
    return replace(data, x_train=data.x_train[kept], y_train=data.y_train[kept],
                   x_test=data.x_train[out], y_test=data.y_train[out])


def _joules(engine: Backend) -> float | None:
    """The joules per training sample; None if they are not counted."""
    spent = costs(prices(engine.config), {**(engine.device_pulses() or {}),
                                          **(engine.energy() or {})})
    return None if spent is None else spent.total_joules / engine.counters()["samples"]


def _floor(floors: Sequence[float], epoch: int) -> float:
    return floors[epoch] if epoch < len(floors) else 0.0
