"""Keeper: saves a run's state from time to time, so that little is lost if the backend fails."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

REST = 20
"""The next save waits this many times the duration of the last one."""


class Pace:
    """Limits some work to a twentieth of the time, and to one start in `least` seconds."""

    def __init__(self, least: float) -> None:
        self._least, self._due = least, 0.0

    def due(self) -> bool:
        """Whether the work may be done now."""
        return time.monotonic() >= self._due

    @contextmanager
    def working(self) -> Iterator[None]:
        """The work."""
        started = time.monotonic()
        yield
        ended = time.monotonic()
        self._due = max(started + self._least, ended + REST * (ended - started))


class Keeper:
    """Calls `keep` with epoch and position; used as `on_chunk` of the run loop.

    It calls it after the first samples, then at most once in `LEAST` seconds, and so seldom that
    saving takes at most a twentieth of the time. The end of an epoch of `count` samples is left to
    `on_epoch`.
    """

    LEAST = 0.5

    def __init__(self, count: int, keep: Callable[[int, int], None]) -> None:
        self._count, self._keep = count, keep
        self._pace = Pace(self.LEAST)

    def __call__(self, epoch: int, position: int) -> None:
        if position != self._count and self._pace.due():
            with self._pace.working():
                self._keep(epoch, position)
