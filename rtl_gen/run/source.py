"""Source: where the samples of a run come from, for a backend that learns from them."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from .backend import Backend

TRAIN, TEST, HELD_OUT = "train", "test", "held out"
"""The parts of a data set in a run, which learns from the first, and only classifies the others."""


class Source(Protocol):
    """The samples of a run, and a backend that learns from them.

    `chunk_seconds`: how long one call may take; between calls, a run can be stopped.
    """

    chunk_seconds: float

    def train(self, epoch: int, position: int, chosen: np.ndarray) -> None:
        """Learn from the training samples `chosen` (n,), which `epoch` visits from `position` on.

        Raises:
            BackendStalledError: a sample got no result.
        """
        ...

    def errors(self, part: str, start: int, stop: int) -> int:
        """How many samples of `part`, `TEST` or `HELD_OUT`, from `start` to before `stop` are
        classified wrongly.

        Raises:
            BackendStalledError: a sample got no result.
        """
        ...


class SentSamples:
    """Samples that are given to the `backend` one by one; `parts` has samples (n, N) uint8 and
    labels (n,) by name of the part."""

    chunk_seconds = 0.1
    """Long compared with the work around a chunk, short for a user who presses Ctrl-C."""

    def __init__(self, backend: Backend, parts: Mapping[str, tuple[np.ndarray, np.ndarray]],
                 ) -> None:
        self._backend, self._parts = backend, parts

    def train(self, epoch: int, position: int, chosen: np.ndarray) -> None:
        """As of `Source`."""
        x, labels = self._parts[TRAIN]
        self._backend.train(x[chosen], labels[chosen])

    def errors(self, part: str, start: int, stop: int) -> int:
        """As of `Source`."""
        x, labels = self._parts[part]
        return int(self._backend.infer(x[start:stop], labels[start:stop]).errors.sum())
