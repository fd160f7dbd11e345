"""What a search has found."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

from pulsetrain.spec import Config

MARGIN = 0.01
"""In a search for little energy, how much accuracy (a share) may be given up for it."""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """One trial: its `parameters`, its mean accuracy after every epoch on the held-out samples, and
    the `accuracies` of the seeds after its last epoch. The search maximises `value`, the mean of
    the last tenth of the epochs; it is None for a trial that was given up. `joules` are those of
    the array per training sample, None if energy is not counted."""

    number: int
    parameters: dict[str, Any]
    by_epoch: tuple[float, ...]
    accuracies: tuple[float, ...]
    device_pulses: float
    value: float | None
    joules: float | None = None

    @property
    def complete(self) -> bool:
        """Whether it was trained to its end."""
        return self.value is not None

    @property
    def accuracy(self) -> float:
        """The mean over seeds after the last epoch that was trained."""
        return self.by_epoch[-1]


@dataclass(frozen=True, kw_only=True)
class Score:
    """The accuracies (0..1) of one configuration, one for each seed: on the `held_out` training
    samples, with seeds that the search did not use, and on the `test` samples, after training on
    all training samples; `test` is empty if there are none."""

    config: Config
    held_out: tuple[float, ...]
    test: tuple[float, ...]
    device_pulses: float
    joules: float | None = None

    @property
    def shown(self) -> tuple[float, ...]:
        """The accuracies to show: on the test samples, if there are any."""
        return self.test or self.held_out

    @property
    def mean(self) -> float:
        """The mean of `shown`."""
        return mean(self.shown)

    @property
    def deviation(self) -> float | None:
        """The standard deviation of `shown` (n - 1); None for one seed."""
        return stdev(self.shown) if len(self.shown) > 1 else None


@dataclass(frozen=True, kw_only=True)
class Tuned:
    """The result of a search.

    Attributes:
        config: the configuration that was found.
        default: the accuracies of the configuration that was given.
        best: those of `config`; the same as `default` if no trial was better on the held-out
            samples.
        tried: the trials, in their order.
        importance: parameter -> its share (0..1) in what distinguishes good trials.
        data: the name of the data set.
        epochs: the epochs of a training.
        held_out: the number of training samples that were held out.
        objective: "accuracy", or "energy" for accuracy and energy.
    """

    default: Score
    best: Score
    tried: tuple[Tried, ...]
    importance: dict[str, float]
    data: str
    epochs: int
    held_out: int
    objective: str = "accuracy"

    @property
    def front(self) -> list[Tried]:
        """The complete trials that no other one beats in both accuracy and energy, by energy."""
        return front(self.tried)

    @property
    def config(self) -> Config:
        """The configuration that was found."""
        return self.best.config

    @property
    def improved(self) -> bool:
        """Whether a trial was better than the configuration that was given."""
        return self.best is not self.default


def front(tried: Iterable[Tried]) -> list[Tried]:
    """The complete trials that no other one beats in both accuracy and energy, by energy."""
    best, found = -1.0, []
    for one in sorted((one for one in tried if one.complete and one.joules is not None),
                      key=lambda one: (one.joules, -(one.value or 0.0), one.number)):
        if (one.value or 0.0) > best:
            best = one.value or 0.0
            found.append(one)
    return found
