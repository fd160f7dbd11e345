"""Scrub: continue a training whose synapse memory had a flipped bit, as if it had had none."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from pulsetrain.golden import Results, State

from .backend import Backend
from .parity import FlippedBitError
from .source import Source

ATTEMPTS = 3
"""How often in a row the same work is tried: a bit that flips again and again is a defect."""

T = TypeVar("T")


class ScrubbedBackend:
    """Passes every call to `backend`, and repeats what it learned since a bit of its synapse memory
    has flipped.

    The state that was last read or loaded, in a run that of its last checkpoint, is loaded again:
    every row is written anew, not only the one with the flipped bit, because others have learned
    with it. Then everything since is repeated. So a training ends in the state that it would have
    had without the flip. `flips` has every error, in order.

    Raises, from every method that uses the engine:
        FlippedBitError: a bit flipped in each of `ATTEMPTS`.
    """

    def __init__(self, backend: Backend) -> None:
        self.config = backend.config
        self.flips: list[FlippedBitError] = []
        self._backend = backend
        self._saved: State | None = None
        self._since: list[tuple[int, Callable[[], object]]] = []

    @property
    def gate(self) -> int:
        """The pulse gate of the backend."""
        return self._backend.gate

    @gate.setter
    def gate(self, value: int) -> None:
        self._backend.gate = value

    @property
    def observe(self) -> bool:
        """Whether the backend observes the intermediate values of the last sample."""
        return self._backend.observe

    @observe.setter
    def observe(self, value: bool) -> None:
        self._backend.observe = value

    @property
    def observed(self) -> dict[tuple[str, int, int], int]:
        """The backend's intermediate values of the last sample."""
        return self._backend.observed

    def load(self, state: State) -> None:
        """Continue from `state`."""
        self._save(state.copy())
        self._backend.load(state)

    def read(self) -> State:
        """The present state, to which the next flip goes back."""
        state = self.attempt(self._backend.read, learns=False)
        self._save(state.copy())
        return state

    def counters(self) -> dict[str, int]:
        """The counters of the backend's present state."""
        return self._backend.counters()

    def device_pulses(self) -> dict[str, int] | None:
        """The device pulses of the backend's present state."""
        return self._backend.device_pulses()

    def energy(self) -> dict[str, int] | None:
        """The energy counts of the backend's present state."""
        return self._backend.energy()

    def train(self, x: np.ndarray, labels: np.ndarray) -> Results:
        """Learn from `x` (n, N) uint8 with `labels` (n,), one sample after the other."""
        return self.attempt(lambda: self._backend.train(x, labels), learns=True)

    def infer(self, x: np.ndarray, labels: np.ndarray) -> Results:
        """Classify `x` (n, N) uint8; no state changes."""
        return self.attempt(lambda: self._backend.infer(x, labels), learns=False)

    def close(self) -> None:
        """Release the backend's resources."""
        self._backend.close()

    def source(self, given: Source) -> "ScrubbedSource":
        """The samples of `given`, whose backend is this one's."""
        return ScrubbedSource(self, given)

    def attempt(self, action: Callable[[], T], *, learns: bool) -> T:
        """What `action` returns, which uses the backend; it is to be repeated later if it
        `learns`."""
        for left in reversed(range(ATTEMPTS)):
            try:
                result = action()
                break
            except FlippedBitError as error:
                self.flips.append(error)
                if not left:
                    raise
                self._go_back()
        if learns:
            self._since.append((self.gate, action))
        return result

    def _save(self, state: State) -> None:
        self._saved, self._since = state, []

    def _go_back(self) -> None:
        """Load the saved state, and repeat what was learned since."""
        assert self._saved is not None  # a backend is loaded before it is used
        gate, again = self.gate, self._since
        self._backend.load(self._saved)
        self._since = []
        for its_gate, action in again:
            self.gate = its_gate
            self.attempt(action, learns=True)
        self.gate = gate


class ScrubbedSource:
    """The samples of another source, for `ScrubbedBackend`."""

    def __init__(self, backend: ScrubbedBackend, given: Source) -> None:
        self.chunk_seconds = given.chunk_seconds
        self._backend, self._given = backend, given

    def train(self, epoch: int, position: int, chosen: np.ndarray) -> None:
        """As of `Source`."""
        self._backend.attempt(lambda: self._given.train(epoch, position, chosen), learns=True)

    def errors(self, part: str, start: int, stop: int) -> int:
        """As of `Source`."""
        return self._backend.attempt(lambda: self._given.errors(part, start, stop), learns=False)
