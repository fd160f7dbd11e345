"""Backend: anything that can train, such as the golden model, a simulated engine, or a board."""

from typing import Protocol

import numpy as np

from pulsetrain.errors import FAILED, PulsetrainError
from pulsetrain.golden import Results, State
from pulsetrain.spec import Config


class BackendStalledError(PulsetrainError, RuntimeError):
    """An engine gave no result within a bounded number of cycles.

    `sample` is the index, within the call, of the sample that got no result. The backend can be
    used again after a `load`.
    """

    status = FAILED

    def __init__(self, message: str, sample: int) -> None:
        super().__init__(message)
        self.sample = sample


class Backend(Protocol):
    """One engine of `config`.

    `gate` is the pulse gate (0..256) of the next samples, at first 256. While `observe` is set,
    `observed` holds the intermediate values of the last sample, in the form of
    `golden.trace.observed_values`; it stays empty if the backend cannot observe them.
    """

    config: Config
    gate: int
    observe: bool

    @property
    def observed(self) -> dict[tuple[str, int, int], int]:
        """(phase, layer from 1, index of the unit) -> value, of the last sample."""
        ...

    def load(self, state: State) -> None:
        """Continue from `state`."""
        ...

    def read(self) -> State:
        """The present state; it shares no array with the backend."""
        ...

    def counters(self) -> dict[str, int]:
        """The counters of the present state, at less cost than `read`."""
        ...

    def device_pulses(self) -> dict[str, int] | None:
        """The device pulses of the present state, by `DEVICE_PULSES`; None if they are
        unknown."""
        ...

    def energy(self) -> dict[str, int] | None:
        """The counts of energy and time of the present state, by `ENERGY_COUNTS`; None if they are
        not counted or not known."""
        ...

    def train(self, x: np.ndarray, labels: np.ndarray) -> Results:
        """Learn from `x` (n, N) uint8 with `labels` (n,), one sample after the other.

        Raises:
            BackendStalledError: a sample got no result.
        """
        ...

    def infer(self, x: np.ndarray, labels: np.ndarray) -> Results:
        """Classify `x` (n, N) uint8; the state does not change.

        Raises:
            BackendStalledError: a sample got no result.
        """
        ...

    def close(self) -> None:
        """Release the backend's resources; it cannot be used afterwards."""
        ...
