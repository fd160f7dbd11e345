"""The training loop: epochs, the pulse gate, evaluation, and stopping at a sample boundary."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator

from pulsetrain.data import DataSet
from pulsetrain.golden.synapse import DEVICE_PULSES, ENERGY_COUNTS
from pulsetrain.spec.fields import integer, real, refuse

from .backend import Backend
from .costs import Costs, Price, costs
from .order import visits
from .source import HELD_OUT, TEST, TRAIN, SentSamples, Source

FIRST_CHUNK = 64
"""Samples of the first chunk; `stop` is called between chunks. Later ones take as long as the
source of the samples says."""

_WORD = 2**32

LARGEST = 2**62
"""The largest count that a file may hold."""

Word = Annotated[int, integer(0, _WORD - 1)]
Count = Annotated[int, integer(0, LARGEST)]
Share = Annotated[float, real(0, 1)]
"""Fields: a counter modulo 2^32, a count, a share of samples."""


def _complete(counts: dict[str, int]) -> dict[str, int]:
    if counts.keys() != {*ENERGY_COUNTS}:
        raise refuse(f"a count of each of {', '.join(ENERGY_COUNTS)}", counts)
    return counts


EnergyCounts = Annotated[dict[str, Annotated[int, integer(0, 2**200)]], AfterValidator(_complete)]
"""A field: the counts by `ENERGY_COUNTS`, which may be larger than 64 bits."""


@dataclass(frozen=True, kw_only=True)
class EpochResult:
    """The figures of one epoch, or of the part of it that this run trained.

    `number` counts from 0. `errors`: training samples classified wrongly before their pulses;
    `pulses`: synapses pulsed; `refreshes`: pairs refreshed. `accuracy` and `validation_accuracy`
    (0..1) are measured after the epoch; None if it was interrupted, or if there are no such
    samples. A run continues at `epoch` and `position`. The next four count device pulses as
    `DEVICE_PULSES` says, and `energy` as `ENERGY_COUNTS` says; None if they are unknown.

    The types of the fields define what `read_history` accepts.
    """

    number: Count
    samples: Annotated[int, integer(1, _WORD - 1)]
    errors: Word
    pulses: Word
    refreshes: Word
    accuracy: Share | None
    validation_accuracy: Share | None
    epoch: Count
    position: Count
    ltp_pulses: Count | None = None
    ltd_pulses: Count | None = None
    erase_pulses: Count | None = None
    reprogram_pulses: Count | None = None
    energy: EnergyCounts | None = None

    @property
    def device_pulses(self) -> int | None:
        """All pulses applied to devices; None if they are unknown."""
        counts = [getattr(self, name) for name in DEVICE_PULSES]
        return None if None in counts else sum(counts)

    def costs(self, prices: Mapping[str, Price] | None) -> Costs | None:
        """What the epoch cost in joules and seconds; None if prices or counts are unknown."""
        return costs(prices, {name: getattr(self, name) for name in DEVICE_PULSES}
                     | (self.energy or {}))


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What a run did. It continues at `position` of `epoch`; `seconds` counts only training."""

    epochs: tuple[EpochResult, ...]
    epoch: int
    position: int
    samples: int
    seconds: float
    interrupted: bool

    @property
    def samples_per_second(self) -> float:
        """Training samples per second, without evaluation; 0.0 if nothing was trained."""
        return self.samples / self.seconds if self.seconds else 0.0


def accuracy(backend: Backend, x: np.ndarray, labels: np.ndarray,
             stop: Callable[[], bool] = lambda: False) -> float | None:
    """The share (0..1) of `x` (n, N) classified as its `labels` (n,); None if n is 0.

    `stop` is called before every few samples; if it returns True, the share is None as well.
    """
    return _share(SentSamples(backend, {TEST: (x, labels)}), TEST, len(x), stop)


def _share(source: Source, part: str, count: int, stop: Callable[[], bool]) -> float | None:
    """The share (0..1) of the `count` samples of `part` classified as their labels, or None."""
    wrong, done, chunk = 0, 0, FIRST_CHUNK
    while done < count:
        if stop():
            return None
        started = time.perf_counter()
        until = min(count, done + chunk)
        wrong += source.errors(part, done, until)
        done, chunk = until, next_chunk(chunk, time.perf_counter() - started,
                                        source.chunk_seconds)
    return (count - wrong) / count if count else None


def confusion_matrix(backend: Backend, x: np.ndarray, labels: np.ndarray) -> np.ndarray | None:
    """How many samples of `x` (n, N) with each label of `labels` (n,) are classified as each class.

    Returns an int64 array (classes, classes), the true class first; None if n is 0.
    """
    if not len(x):
        return None
    classes = backend.config.network.outputs
    cells = labels * classes + backend.infer(x, labels).classes
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def device_pulses_since(before: dict[str, int] | None,
                        after: dict[str, int] | None) -> dict[str, Any]:
    """The device pulses, by `DEVICE_PULSES`, between two states; None if one is unknown."""
    if before is None or after is None:
        return dict.fromkeys(DEVICE_PULSES)
    return {name: after[name] - before[name] for name in DEVICE_PULSES}


def energy_since(before: dict[str, int] | None,
                 after: dict[str, int] | None) -> dict[str, int] | None:
    """The counts by `ENERGY_COUNTS` between two states; None if one is unknown."""
    if before is None or after is None:
        return None
    return {name: after[name] - before[name] for name in ENERGY_COUNTS}


def next_chunk(samples: int, seconds: float, wanted: float) -> int:
    """The samples of the next chunk, if `samples` took `seconds`: as many as take `wanted` seconds,
    but at most 2 * `samples`."""
    return max(1, min(2 * samples, int(samples * wanted / max(seconds, 1e-9))))


def run_training(backend: Backend, data: DataSet, *, epochs: int, epoch: int = 0,
                 position: int = 0, samples: int | None = None, validation: int = 0,
                 on_chunk: Callable[[int, int], None] = lambda epoch, position: None,
                 on_epoch: Callable[[EpochResult], None] = lambda result: None,
                 stop: Callable[[], bool] = lambda: False,
                 source: Source | None = None) -> Summary:
    """Train `backend` from its present state, which is at `position` of `epoch`.

    Args:
        epochs: number of epochs of the whole run, including those before `epoch`.
        samples: stop after this many training samples of this call.
        validation: number of training samples to hold out, the last ones; accuracy on them is
            reported separately.
        on_chunk: called with epoch and position after every few samples.
        on_epoch: called after every epoch, also after an incomplete last one.
        stop: called before every few samples; True ends the run there, skipping or breaking off
            the evaluation.
        source: gives the samples of `data` to the backend; by default they are sent one by one.

    Raises:
        data.DataError: `validation` leaves no sample to train on, or `position` is beyond the last
            sample.
    """
    learning, held_out = data.split(validation, position)
    parts = {TRAIN: (learning.x_train, learning.y_train), TEST: (data.x_test, data.y_test),
             HELD_OUT: (held_out.x_test, held_out.y_test)}
    given = source or SentSamples(backend, parts)
    left = float("inf") if samples is None else samples
    trained, seconds, interrupted, chunk = 0, 0.0, False, FIRST_CHUNK
    results: list[EpochResult] = []
    for number, order in visits(backend.config, len(learning.x_train), epoch=epoch,
                                position=position):
        if number >= epochs or not left:
            break
        backend.gate = backend.config.design.gate(number)
        before, pulses_before = backend.counters(), backend.device_pulses()
        energy_before = backend.energy()
        done = 0
        wanted = int(min(len(order), left))
        while done < wanted and not (interrupted := stop()):
            chosen = order[done:min(done + chunk, wanted)]
            started = time.perf_counter()
            given.train(number, position + done, chosen)
            elapsed = time.perf_counter() - started
            seconds += elapsed
            chunk = next_chunk(len(chosen), elapsed, given.chunk_seconds)
            done += len(chosen)
            on_chunk(number, position + done)
        if not done and interrupted:
            break
        trained, left = trained + done, left - done
        epoch, position = (number + 1, 0) if done == len(order) else (number, position + done)
        after = backend.counters()
        tested, validated = (
            None if interrupted else _share(given, name, len(parts[name][0]), stop)
            for name in (TEST, HELD_OUT))
        interrupted = interrupted or stop()
        results.append(EpochResult(
            number=number, samples=done, epoch=epoch, position=position,
            **{name: (after[name] - before[name]) % _WORD
               for name in ("errors", "pulses", "refreshes")},
            **device_pulses_since(pulses_before, backend.device_pulses()),
            energy=energy_since(energy_before, backend.energy()),
            accuracy=tested, validation_accuracy=validated))
        on_epoch(results[-1])
        if interrupted:
            break
    return Summary(epochs=tuple(results), epoch=epoch, position=position, samples=trained,
                   seconds=seconds, interrupted=interrupted)
