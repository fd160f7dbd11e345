"""DataSet: the common form of every data set."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from pulsetrain.errors import PulsetrainError

MOST_SAMPLES = 10_000_000
"""Most samples for training, and most for testing."""


class DataError(PulsetrainError, ValueError):
    """A data set cannot be used; the message says what is wrong with it and what to do."""


@dataclass(frozen=True, kw_only=True, eq=False)
class DataSet:
    """Samples for training and samples for testing.

    `x_train` (n, N) and `x_test` (m, N) are uint8 pixels, `y_train` (n,) and `y_test` (m,) int64
    labels from 0. All four are read-only.

    Raises:
        DataError: shapes or types are different, or there is no training sample.
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray

    def __post_init__(self) -> None:
        for part in ("train", "test"):
            x, y = getattr(self, f"x_{part}"), getattr(self, f"y_{part}")
            if x.dtype != np.uint8 or x.ndim != 2:
                raise DataError(f"{self.name}: x_{part} must be uint8 of shape (n, inputs), not "
                                f"{x.dtype} of shape {x.shape}")
            if y.dtype != np.int64 or y.ndim != 1:
                raise DataError(f"{self.name}: y_{part} must be int64 of shape (n,), not {y.dtype} "
                                f"of shape {y.shape}")
            check_counts(self.name, part, len(x), len(y))
            if len(y) and y.min() < 0:
                raise DataError(f"{self.name}: y_{part} holds the negative label {y.min()}")
            x.flags.writeable = y.flags.writeable = False
        if not len(self.x_train):
            raise DataError(f"{self.name}: there is no sample to train on")
        if self.x_train.shape[1] != self.x_test.shape[1]:
            raise DataError(f"{self.name}: samples to train on have {self.x_train.shape[1]} "
                            f"inputs, samples to test on {self.x_test.shape[1]}")

    @property
    def inputs(self) -> int:
        """Pixels of a sample."""
        return self.x_train.shape[1]

    @property
    def classes(self) -> int:
        """One more than the largest label."""
        return int(max(self.y_train.max(), self.y_test.max(initial=0))) + 1

    def split(self, validation: int, position: int = 0) -> tuple["DataSet", "DataSet"]:
        """Hold out the last `validation` training samples, for a run at `position` of its epoch.

        Returns two data sets with the same remaining training samples: the first is tested on the
        test samples, the second on those held out.

        Raises:
            DataError: `validation` is negative, or leaves no training sample, or `position` is
                beyond the last of them.
        """
        count = len(self.x_train)
        if not 0 <= validation < count:
            raise DataError(f"{self.name}: the samples held out for validation must be in "
                            f"0..{count - 1} ({count} samples to train on), not {validation}")
        keep = count - validation
        if position and position >= keep:
            raise DataError(f"{self.name}: has {keep} samples to train on, but the run has visited "
                            f"{position} of its epoch already: it used other data")
        learning = replace(self, x_train=self.x_train[:keep], y_train=self.y_train[:keep])
        return learning, replace(learning, x_test=self.x_train[keep:], y_test=self.y_train[keep:])


def data_set(name: str, arrays: Mapping[str, np.ndarray]) -> DataSet:
    """The data set of `x_train`, `y_train`, `x_test` and `y_test`: samples of any shape, which are
    flattened, and labels of any integer type.

    Raises:
        DataError: they do not match each other.
    """
    parts = {}
    for part in ("train", "test"):
        x, y = arrays[f"x_{part}"], arrays[f"y_{part}"]
        check_counts(name, part, len(x), len(y))
        parts[f"x_{part}"] = x.reshape(len(x), math.prod(x.shape[1:]))
        parts[f"y_{part}"] = y.astype(np.int64)
    return DataSet(name=name, **parts)


def check_counts(name: str, part: str, images: int, labels: int) -> None:
    """Check that there are as many labels as `images`, and not too many.

    Raises:
        DataError: the numbers differ, or are too large.
    """
    if images != labels:
        raise DataError(f"{name}: {images} images but {labels} labels to {part}")
    if images > MOST_SAMPLES:
        raise DataError(f"{name}: there must be at most {MOST_SAMPLES:,} samples to {part}, not "
                        f"{images:,}")
