"""One series of readings that goes up and down, cut into potentiation and depression."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

_TURN = 1 / 2
"""A series turns where it goes back by more than this share of its range."""

_RESET = 1
"""A way back in at most this many pulses is an erase and not a depression."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """The readings `first`..`last` (inclusive) of a series that belong to one `curve`; the first is
    that after `start` pulses."""

    curve: str
    first: int
    last: int
    start: int = 0


def by_restart(pulse: np.ndarray, siemens: np.ndarray) -> list[Piece]:
    """The pieces of a series whose pulse number begins again in each; empty if it never does."""
    starts = np.flatnonzero(np.diff(pulse) < 0) + 1
    if not len(starts):
        return []
    ends = [*(starts - 1), len(pulse) - 1]
    return [Piece(curve=_direction(siemens[first], siemens[last]), first=int(first), last=int(last))
            for first, last in zip([0, *starts], ends, strict=True)]


def by_turns(siemens: np.ndarray) -> list[Piece]:
    """The pieces between the turns of a series; neighbours share the reading at the turn, which is
    the state before the first pulse of the later one. Erases are left out."""
    turns = [0, *_turns(siemens), len(siemens) - 1]
    return [Piece(curve=_direction(siemens[first], siemens[last]), first=first, last=last)
            for first, last in pairwise(turns)
            if last > first and not (siemens[last] < siemens[first] and last - first <= _RESET)]


def by_counts(count: int, up: int, down: int) -> list[Piece]:
    """The pieces of `count` readings, one after every pulse: `up` pulses up, `down` pulses down,
    and so on. One more reading than pulses means that the state before the first was read."""
    pieces: list[Piece] = []
    unread = count % (up + down) != 1  # the state before the first pulse
    last = -1 if unread else 0
    curve, length = "ltp", up
    while last < count - 1:
        first, last = max(last, 0), min(last + length, count - 1)
        pieces.append(Piece(curve=curve, first=first, last=last, start=int(not pieces and unread)))
        curve, length = ("ltd", down) if curve == "ltp" else ("ltp", up)
    return pieces


def erases(siemens: np.ndarray) -> bool:
    """Whether a series comes back by erases only, so that it holds potentiation alone."""
    turns = [0, *_turns(siemens), len(siemens) - 1]
    return all(siemens[last] >= siemens[first] or last - first <= _RESET
               for first, last in pairwise(turns))


def _direction(first: float, last: float) -> str:
    return "ltd" if last < first else "ltp"


def _turns(values: np.ndarray) -> Iterator[int]:
    """The readings at which a series turns."""
    most = _TURN * float(np.ptp(values))
    low = high = 0
    way = 0
    for index, value in enumerate(values.tolist()):
        if value > values[high]:
            high = index
        if value < values[low]:
            low = index
        if way >= 0 and values[high] - value > most:
            if way or high:
                yield high
            way, low, high = -1, index, index
        elif way <= 0 and value - values[low] > most:
            if way:
                yield low
            way, low, high = 1, index, index
