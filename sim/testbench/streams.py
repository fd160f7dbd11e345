"""Streams: a hostile source and a hostile sink, stepped by the bench once per cycle.

A bench drives each cycle with the inputs that `drive` returns, and then calls `taken`.
"""

from collections import deque
from collections.abc import Iterable
from typing import Any

from .scaffold import Bench

_CHANCES = (0.0, 0.4, 0.9)
_MOOD_CYCLES = 32


class _Mood:
    """The probability that a side of the stream does nothing; it changes between fast and slow."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._left = 0
        self._chance = 0.0

    def pauses(self) -> bool:
        if not self._left:
            self._left = _MOOD_CYCLES
            self._chance = float(self._bench.random.choice(_CHANCES))
        self._left -= 1
        return self._bench.chance(self._chance)


class Source:
    """Sends `items`, with idle cycles in which the payload is unknown."""

    def __init__(self, bench: Bench, name: str, items: Iterable[Any]) -> None:
        self._bench = bench
        self._name = name
        self._mood = _Mood(bench)
        self.left = deque(items)
        self._offered = False

    def drive(self) -> dict[str, Any]:
        """Inputs of this cycle; an offer is kept until it is taken."""
        if not self._offered and self.left:
            self._offered = not self._mood.pauses()
        return {f"{self._name}__valid": int(self._offered),
                f"{self._name}__payload": self.left[0] if self._offered else None}

    def taken(self) -> Any:
        """The item that was transferred in this cycle, or None."""
        ready = self._bench.get(f"{self._name}__ready")
        if not self._offered:
            return None
        assert ready in (0, 1), f"{self._name}.ready is unknown"
        if not ready:
            return None
        self._offered = False
        return self.left.popleft()


class Sink:
    """Takes items with random stalls; a stalled item must stay as it is."""

    def __init__(self, bench: Bench, name: str) -> None:
        self._bench = bench
        self._name = name
        self._mood = _Mood(bench)
        self._ready = False
        self._stalled: Any = None

    def drive(self) -> dict[str, Any]:
        """Inputs of this cycle."""
        self._ready = not self._mood.pauses()
        return {f"{self._name}__ready": int(self._ready)}

    def taken(self) -> Any:
        """The item that was transferred in this cycle, or None."""
        valid = self._bench.get(f"{self._name}__valid")
        assert valid in (0, 1), f"{self._name}.valid is unknown"
        if not valid:
            assert self._stalled is None, f"{self._name} withdrew {self._stalled}"
            return None
        payload = self._bench.get(f"{self._name}__payload")
        assert self._stalled in (None, payload), (
            f"{self._name} changed {self._stalled} to {payload} while stalled")
        self._stalled = None if self._ready else payload
        return payload if self._ready else None
