"""Cycles: which readings of a curve belong to the same pulse.

A device is often measured up and down several times. Either the pulse number begins again in every
cycle, and readings with the same number belong to the same pulse; or it keeps counting, and every
cycle is counted from its own first number. The data decide which (docs/how-to/devices.md).
"""

from dataclasses import dataclass

import numpy as np

from .reading.errors import PointsError
from .reading.readings import Readings
from .units import conductance

_BACK = 1 / 2
"""A step back by more than this share of a curve's range begins a new cycle."""

_BACK_AT_A_TURN = 1 / 10
"""The same, if pulse numbers or rows of the other curve are in between."""

_UNLIKE = 1 / 4
"""Cycles that are recognised only by a step back must be alike: their mean difference is at most
this share of the range."""


@dataclass(frozen=True, kw_only=True)
class Cycles:
    """The cycles of a curve: their number, and how many pulse numbers the shortest and the longest
    have."""

    count: int
    shortest: int
    longest: int


def pulses(source: str, curve: str,
           readings: dict[str, Readings]) -> tuple[np.ndarray, np.ndarray, Cycles]:
    """(pulse of every reading of `curve`, from 0; its cycle, 0, 1, 2, ...; the curve's cycles).

    Raises:
        PointsError: it is not clear whether the pulse number keeps counting.
    """
    own = readings[curve]
    if own.cycle is not None:
        label = own.cycle
        keeps_counting = _apart(own.pulse, label)
    else:
        label = _found(source, curve, readings)
        keeps_counting = True
    label = np.unique(label, return_inverse=True)[1]
    first, last = _ends(own.pulse, label)
    lengths = last - first + 1
    start = first[label] if keeps_counting else own.pulse.min()
    return own.pulse - start, label, Cycles(
        count=len(first), shortest=int(lengths.min()), longest=int(lengths.max()))


def _ends(pulse: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(lowest, highest) pulse number of every cycle 0, 1, 2, ..."""
    first = np.full(label.max() + 1, pulse.max())
    last = np.full(label.max() + 1, pulse.min())
    np.minimum.at(first, label, pulse)
    np.maximum.at(last, label, pulse)
    return first, last


def _apart(pulse: np.ndarray, label: np.ndarray) -> bool:
    """Whether no cycle has pulse numbers between those of another."""
    first, last = _ends(pulse, np.unique(label, return_inverse=True)[1])
    order = np.lexsort((last, first))
    return bool((first[order][1:] >= last[order][:-1]).all())


def _found(source: str, curve: str, readings: dict[str, Readings]) -> np.ndarray:
    """The cycle of every reading, found from the data.

    If potentiation leads down overall, or depression up, all readings are one cycle, which raises
    an error later.
    """
    own = readings[curve]
    others = [other for name, other in readings.items() if name != curve]
    numbers, first, inverse = np.unique(own.pulse, return_index=True, return_inverse=True)
    in_order = bool((np.diff(own.pulse) >= 0).all())
    if in_order:  # a number may end one cycle and begin the next
        values, lines, which, at = own.siemens, own.line, np.arange(len(inverse)), inverse
    else:
        values, lines = np.bincount(inverse, own.siemens) / np.bincount(inverse), own.line[first]
        which, at = inverse, np.arange(len(numbers))
    up = -1 if curve == "ltd" else 1
    back, spread = -up * np.diff(values), np.ptp(values)
    turn = np.zeros(len(back), bool)
    for other in others:
        between = np.append(_numbers_between(numbers, np.unique(other.pulse)), False)
        turn |= (np.diff(at) > 0) & between[at[:-1]]
        if in_order:
            turn |= _rows_between(own.line, other.line)
    sure = turn & (back > _BACK_AT_A_TURN * spread)
    guessed = ~sure & (back > _BACK * spread)
    label = np.append(0, np.cumsum(sure | guessed))[which]
    if not guessed.any() or _alike(own, label, _UNLIKE * spread):
        return label
    if up * (values[-1] - values[0]) > 0:
        here = int(np.flatnonzero(guessed)[0])
        raise PointsError(
            f"{source}: the curve {curve} goes back from {conductance(values[here])} (line "
            f"{lines[here]}) to {conductance(values[here + 1])} (line {lines[here + 1]}), by more "
            "than half of its range, but the rows after it differ from the first cycle; add a "
            "column cycle that says which rows belong together (the same number in all rows, if it "
            "is one cycle)")
    return np.zeros_like(label)


def _numbers_between(own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """For each two neighbours of the pulse numbers `own` (n,), whether numbers of the `other` curve
    are between them, if both curves share one counter and take turns: (n - 1,).

    They take turns if each turn except the last has two or more numbers, and no number of the
    other curve within it.
    """
    result = np.zeros(len(own) - 1, bool)
    for one, two in ((other, own), (own, other)):
        closed = np.searchsorted(two, one[1:], "right") - np.searchsorted(two, one[:-1], "left")
        opened = np.searchsorted(two, one[1:], "left") - np.searchsorted(two, one[:-1], "right")
        between = (closed >= 2) & (opened >= 1)
        edges = np.flatnonzero(between)
        first, last = one[np.append(0, edges + 1)], one[np.append(edges, len(one) - 1)]
        within = np.searchsorted(two, last, "left") - np.searchsorted(two, first, "right")
        if (last[:-1] == first[:-1]).any() or (within > 0).any():
            return result
    return between


def _rows_between(own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """For each two neighbours of the lines `own` (n,), whether lines of the `other` curve are
    between them, if both curves take turns of two or more rows: (n - 1,)."""
    turn = np.diff(np.searchsorted(other, own)) > 0
    starts = np.append(0, np.flatnonzero(turn) + 1)
    if (np.diff(starts) < 2).any():
        return np.zeros_like(turn)
    return turn


def _alike(own: Readings, label: np.ndarray, tolerance: float) -> bool:
    """Whether every cycle except the last has two or more readings, and every cycle differs from
    the first by at most `tolerance` on average."""
    order = np.lexsort((own.line, own.pulse, label))
    label, pulse, siemens = label[order], own.pulse[order], own.siemens[order]
    starts = np.append(0, np.flatnonzero(np.diff(label)) + 1)
    sizes = np.diff(np.append(starts, len(label)))
    if (sizes[:-1] < 2).any():
        return False
    since = pulse - np.repeat(pulse[starts], sizes)
    away = np.abs(siemens - np.interp(since, since[:sizes[0]], siemens[:sizes[0]]))
    common = since <= since[sizes[0] - 1]
    totals = np.add.reduceat(np.where(common, away, 0.0), starts)
    return bool((totals <= tolerance * np.add.reduceat(common, starts, dtype=int)).all())
