"""Keeper: keeping a run's state now and then, so that little is lost where its backend is."""

import time
from collections.abc import Callable

REST = 20
"""Keeping comes again after so many times as long as it took."""


class Keeper:
    """Calls `keep` with epoch and position; an `on_chunk` of the run loop.

    It does so after the first samples, and whenever that costs no more than a twentieth of the
    time. The end of an epoch, whose `count` samples are visited, it leaves to `on_epoch`.
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
