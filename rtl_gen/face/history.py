"""History: what a training did, epoch by epoch, and the state that it reached."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pulsetrain.extras import need
from pulsetrain.golden import State
from pulsetrain.run import (
    CHECKPOINT,
    HISTORY,
    Checkpoint,
    RunHistory,
    Wear,
    wear_of,
    write_checkpoint,
    write_history,
)

from .picture import Picture


@dataclass(frozen=True, kw_only=True)
class History:
    """What a training did since its beginning, and the state that it reached.

    Every array has the shape (epochs,): one entry for each epoch, or part of one, that was
    trained. Counts are int64. Figures that can be unknown are float64, and NaN if unknown.

    Attributes:
        record: the epochs as a run folder holds them (`history.json`).
        checkpoint: configuration, state, epoch and position, from which a training can continue.
        samples_per_second: training samples per second in the last call, not counting tests.
    """

    record: RunHistory
    checkpoint: Checkpoint
    samples_per_second: float

    def __len__(self) -> int:
        """The number of epochs."""
        return len(self.record.epochs)

    @property
    def state(self) -> State:
        """The state that was reached: device states `plus[l]` and `minus[l]` of every layer l,
        each (inputs + 1, outputs) int32, the bias line last."""
        return self.checkpoint.state

    @property
    def epoch(self) -> np.ndarray:
        """The number of the epoch, from 1."""
        return self._counts("number") + 1

    @property
    def samples(self) -> np.ndarray:
        """Training samples."""
        return self._counts("samples")

    @property
    def errors(self) -> np.ndarray:
        """Training samples that were classified wrongly, each before its pulses."""
        return self._counts("errors")

    @property
    def pulses(self) -> np.ndarray:
        """Synapses pulsed."""
        return self._counts("pulses")

    @property
    def refreshes(self) -> np.ndarray:
        """Pairs of devices refreshed."""
        return self._counts("refreshes")

    @property
    def device_pulses(self) -> np.ndarray:
        """Pulses on single devices; NaN if they are unknown, as on hardware."""
        return self._shares("device_pulses")

    @property
    def joules(self) -> np.ndarray:
        """Energy of the array of devices; NaN if it is unknown, as without [device.energy]."""
        return self._costs("total_joules")

    @property
    def seconds(self) -> np.ndarray:
        """Time that the array of devices takes; NaN if it is unknown."""
        return self._costs("total_seconds")

    @property
    def joules_per_sample(self) -> float:
        """Mean energy of the array per training sample; NaN if it is unknown."""
        return _per_sample(self.joules, self.samples)

    @property
    def seconds_per_sample(self) -> float:
        """Mean time of the array per training sample; NaN if it is unknown."""
        return _per_sample(self.seconds, self.samples)

    @property
    def wear(self) -> Wear | None:
        """The pulses on single devices since the beginning; None if they were not counted. The
        counts of all devices are in `state.wear`."""
        return wear_of(self.checkpoint.config, self.state.wear)

    @property
    def accuracy(self) -> np.ndarray:
        """Share (0..1) of the test samples that are classified correctly after the epoch; NaN if
        there are none."""
        return self._shares("accuracy")

    @property
    def validation_accuracy(self) -> np.ndarray:
        """Share (0..1) of the held-out samples that are classified correctly; NaN if there are
        none."""
        return self._shares("validation_accuracy")

    @property
    def confusion(self) -> np.ndarray | None:
        """How many test samples of each class (row) are classified as each class (column) at the
        end: int64 (classes, classes); None if they were not counted."""
        counted = self.record.confusion
        return None if counted is None else np.array(counted, np.int64)

    def plot(self, file: str | Path | None = None) -> Picture:
        """Draw accuracies and synapses pulsed against epochs.

        A notebook shows the returned picture. If `file` is given, it is also written there; the
        ending must be .png, .svg or .pdf.

        Raises:
            ExtraMissingError: matplotlib is not installed.
            ArgumentError: `file` has another ending, or no epoch was trained.
            OSError: `file` cannot be written.
        """
        need("report", "drawing a history")
        from .curves import draw

        picture = Picture(lambda image: draw(self, image))
        if file is not None:
            picture.save(file)
        return picture

    def save(self, folder: str | Path) -> None:
        """Write `history.json` and `checkpoint.npz` into `folder`, which is created if missing.

        `pulsetrain report FOLDER` makes a page of it, and `train(resume=FOLDER)` continues.

        Raises:
            OSError: the folder cannot be written.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        write_history(folder / HISTORY, self.record)
        write_checkpoint(folder / CHECKPOINT, self.checkpoint)

    def __repr__(self) -> str:
        tested = self.accuracy[~np.isnan(self.accuracy)]
        reached = f", test accuracy {tested[-1]:.2%}" if len(tested) else ""
        return f"<History of {self.record.config!r}: {len(self)} epochs{reached}>"

    def _counts(self, name: str) -> np.ndarray:
        return np.array([getattr(row, name) for row in self.record.epochs], np.int64)

    def _shares(self, name: str) -> np.ndarray:
        return np.array([getattr(row, name) for row in self.record.epochs], np.float64)

    def _costs(self, name: str) -> np.ndarray:
        spent = [row.costs(self.record.prices) for row in self.record.epochs]
        return np.array([getattr(costs, name, np.nan) for costs in spent], np.float64)


def _per_sample(amounts: np.ndarray, samples: np.ndarray) -> float:
    return float(amounts.sum() / samples.sum()) if len(samples) else float("nan")
