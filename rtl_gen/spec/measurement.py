"""Measurement: where the points of a device come from, for pages and drawings."""

from math import isfinite
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator

from pulsetrain.errors import LONGEST, cut, printable

from .fields import Part, refuse

MOST_CYCLES = 50
"""Most cycles of a curve that are kept."""

MOST_READINGS = 5_000
"""Most readings of a curve that are kept."""

Cycle = tuple[tuple[float, float], ...]
"""The readings of one cycle: pairs of a pulse number, from 0, and a conductance in siemens."""


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST or printable(value) != value:
        raise refuse(f"a printable text of 1 to {LONGEST} characters", value)
    return value


def _is_reading(pair: Any) -> bool:
    return isinstance(pair, (list, tuple)) and len(pair) == 2 and all(
        isinstance(number, (int, float)) and not isinstance(number, bool) and isfinite(number)
        for number in pair)


def _cycles(value: Any) -> tuple[Cycle, ...]:
    if (not isinstance(value, (list, tuple)) or len(value) > MOST_CYCLES
            or not all(isinstance(cycle, (list, tuple)) and all(map(_is_reading, cycle))
                       for cycle in value)
            or sum(map(len, value)) > MOST_READINGS):
        raise refuse(f"at most {MOST_CYCLES} lists of readings [pulse, siemens], {MOST_READINGS:,} "
                     "readings in total", value)
    return tuple(tuple((float(pulse), float(siemens)) for pulse, siemens in cycle)
                 for cycle in value)


Cycles = Annotated[tuple[Cycle, ...], BeforeValidator(_cycles)]
"""Readings of some or all cycles of one curve."""


class Measurement(Part):
    """Where the points of a measured device come from. Pages and drawings show it; nothing learned
    depends on it."""

    file: Annotated[str, BeforeValidator(_text)]
    """The name of the file that was read."""
    ltp: Cycles = ()
    """Readings of single cycles, if the curve was measured in several; `device.ltp` is their mean.
    Unit: pulse, siemens."""
    ltd: Cycles = ()
    """The same of depression. Unit: pulse, siemens."""


def file_name(path: str) -> str:
    """The name of the file `path`, without its folders, as a text that can be shown."""
    name = path.rstrip("/").rpartition("/")[2]
    return cut(printable(name), LONGEST) or "file"


def by_cycle(pulse: np.ndarray, siemens: np.ndarray, label: np.ndarray) -> tuple[Cycle, ...]:
    """The readings (n,) of a curve by their cycle `label` (n,), ordered by pulse.

    Empty if there is one cycle only. If there are too many readings to keep, some cycles are left
    out, at equal distances, and then readings of the others.
    """
    names = np.unique(label)
    if len(names) < 2:
        return ()
    longest = int(np.unique(label, return_counts=True)[1].max())
    kept = max(2, min(len(names), MOST_CYCLES, MOST_READINGS // longest))
    each = MOST_READINGS // kept
    chosen = names[np.unique(np.linspace(0, len(names) - 1, kept).round().astype(int))]
    return tuple(_readings(pulse[label == name], siemens[label == name], each) for name in chosen)


def _readings(pulse: np.ndarray, siemens: np.ndarray, most: int) -> Cycle:
    order = np.argsort(pulse, kind="stable")
    if len(order) > most:
        order = order[np.linspace(0, len(order) - 1, most).round().astype(int)]
    return tuple(zip(pulse[order].astype(float).tolist(), siemens[order].tolist(), strict=True))
