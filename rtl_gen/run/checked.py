"""CheckedBackend: a backend whose every result is compared with a reference."""

from collections.abc import Iterator

import numpy as np

from pulsetrain.golden import Results, State

from .backend import Backend
from .divergence import Divergence, cycles_difference, result_difference, state_differences


class CheckedBackend:
    """Passes every call to `backend` and `reference`, and returns what `backend` returns.

    Unlike `compare` it continues after a difference, and repeats nothing: it is a `Backend`, for a
    whole training in the run loop. If the `reference` counts no cycles, they are not compared. The
    sample number of `first_divergence` counts from the last `load`, including samples that were
    only classified.
    """

    def __init__(self, backend: Backend, reference: Backend) -> None:
        self.config = backend.config
        self.first_divergence: Divergence | None = None
        self._backend, self._reference = backend, reference
        self._results = self._states = self._samples = 0

    @property
    def mismatches(self) -> int:
        """How many classes, error flags and cycle counts, and values of the state last read,
        differed."""
        return self._results + self._states

    @property
    def gate(self) -> int:
        """The pulse gate of both engines."""
        return self._backend.gate

    @gate.setter
    def gate(self, value: int) -> None:
        self._backend.gate = self._reference.gate = value

    @property
    def observe(self) -> bool:
        """Whether both observe the intermediate values of the last sample."""
        return self._backend.observe

    @observe.setter
    def observe(self, value: bool) -> None:
        self._backend.observe = self._reference.observe = value

    @property
    def observed(self) -> dict[tuple[str, int, int], int]:
        """The backend's intermediate values of the last sample."""
        return self._backend.observed

    def load(self, state: State) -> None:
        """Continue both from `state`."""
        self._samples = 0
        self._backend.load(state)
        self._reference.load(state)

    def read(self) -> State:
        """The present state of the backend; every value is compared."""
        state = self._backend.read()
        self._states = self._note(
            state_differences(max(0, self._samples - 1), self._reference.read(), state))
        return state

    def counters(self) -> dict[str, int]:
        """The counters of the backend's present state."""
        return self._backend.counters()

    def device_pulses(self) -> dict[str, int] | None:
        """The device pulses of the backend's present state, which are not compared."""
        return self._backend.device_pulses()

    def energy(self) -> dict[str, int] | None:
        """The energy counts of the backend's present state, which are not compared."""
        return self._backend.energy()

    def train(self, x: np.ndarray, labels: np.ndarray) -> Results:
        """Learn from `x` (n, N) uint8 with `labels` (n,), one sample after the other."""
        return self._compared(self._backend.train(x, labels), self._reference.train(x, labels))

    def infer(self, x: np.ndarray, labels: np.ndarray) -> Results:
        """Classify `x` (n, N) uint8; no state changes."""
        return self._compared(self._backend.infer(x, labels), self._reference.infer(x, labels))

    def follow(self, got: Results, x: np.ndarray, labels: np.ndarray, *, train: bool) -> None:
        """Compare `got`, which the backend has given already for `x` (n, N) with `labels` (n,):
        let the reference learn from them if `train`, or classify them."""
        given = self._reference.train if train else self._reference.infer
        self._compared(got, given(x, labels))

    def close(self) -> None:
        """Release the resources of both."""
        self._backend.close()
        self._reference.close()

    def _compared(self, got: Results, expected: Results) -> Results:
        self._results += self._note(self._differences(expected, got))
        self._samples += len(got.classes)
        return got

    def _differences(self, expected: Results, got: Results) -> Iterator[Divergence]:
        counts_cycles = expected.cycles.any()
        for index in range(len(expected.classes)):
            sample = self._samples + index
            found = result_difference(sample, self.config, expected, got, index)
            if found is None and counts_cycles:
                found = cycles_difference(sample, expected, got, index)
            if found:
                yield found

    def _note(self, found: Iterator[Divergence]) -> int:
        """The number of differences; keeps the very first one."""
        differences = list(found)
        if differences and self.first_divergence is None:
            self.first_divergence = differences[0]
        return len(differences)
