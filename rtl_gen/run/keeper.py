"""Keeper: saves a run's state from time to time, so that little is lost if the backend fails."""

import time
from collections.abc import Callable

REST = 20
"""The next save waits this many times the duration of the last one."""


class Keeper:
    """Calls `keep` with epoch and position; used as `on_chunk` of the run loop.

    It calls it after the first samples, then so seldom that saving takes at most a twentieth of
    the time. The end of an epoch of `count` samples is left to `on_epoch`.
    """

    def __init__(self, count: int, keep: Callable[[int, int], None]) -> None:
        self._count, self._keep = count, keep
        self._due = 0.0

    def __call__(self, epoch: int, position: int) -> None:
        started = time.monotonic()
        if position == self._count or started < self._due:
            return
        self._keep(epoch, position)
        ended = time.monotonic()
        self._due = ended + REST * (ended - started)
