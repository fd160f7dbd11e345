"""Measured points of a device, made from the readings in a CSV file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pulsetrain.errors import LONGEST, cut

from .cycles import Cycles, pulses
from .device import STATES
from .measurement import Cycle, by_cycle
from .readings import CURVES, PointsError, Readings, read_readings
from .units import conductance

__all__ = ["Points", "PointsError", "read_points"]


@dataclass(frozen=True, kw_only=True)
class Points:
    """Conductance in siemens after 0, 1, 2, ... pulses of potentiation and of depression.

    `ltd` is None if it was not measured. `cycles` has the cycles of every measured curve,
    `by_cycle` the readings of some or all of them, if there are several.
    `repeated` counts the readings that were averaged with an earlier one of the same pulse,
    `interpolated` the pulses without a reading. `source` is the file.
    """

    ltp: tuple[float, ...]
    ltd: tuple[float, ...] | None
    cycles: dict[str, Cycles]
    by_cycle: dict[str, tuple[Cycle, ...]]
    readings: int
    repeated: int
    interpolated: int
    source: str


def read_points(path: Path) -> Points:
    """The measured points in the CSV file `path`.

    A header names the columns, in any order and case; others are ignored. Either `curve` (ltp or
    ltd), `pulse` and `conductance_UNIT` (or `g_UNIT`), or `pulse`, `ltp_UNIT` and `ltd_UNIT`. Rows
    may be in any order. A curve begins at its lowest pulse number. Cycles are averaged pulse by
    pulse, whether their pulse numbers begin again or keep counting (`cycles.py`); a column `cycle`
    decides if the data are ambiguous. Pulses between two readings are interpolated linearly. Lines
    that begin with # are comments.

    Raises:
        PointsError: the file cannot be read, or some value cannot be used.
    """
    source = cut(str(path), LONGEST)
    readings = read_readings(path)
    if "ltp" not in readings:
        raise PointsError(f"{source}: contains no point of the curve ltp")
    curves: dict[str, tuple[float, ...]] = {}
    cycles: dict[str, Cycles] = {}
    single: dict[str, tuple[Cycle, ...]] = {}
    count = repeated = interpolated = 0
    for curve in (name for name in CURVES if name in readings):
        pulse, label, cycles[curve] = pulses(source, curve, readings)
        single[curve] = by_cycle(pulse, readings[curve].siemens, label)
        numbers, index = np.unique(pulse, return_inverse=True)
        means = np.bincount(index, readings[curve].siemens) / np.bincount(index)
        curves[curve] = _every_pulse(f"{source}: the curve {curve}", numbers, means)
        _check_direction(f"{source}: the curve {curve}", curve, curves[curve], pulse,
                         readings[curve])
        count += len(pulse)
        repeated += len(pulse) - len(numbers)
        interpolated += len(curves[curve]) - len(numbers)
    return Points(ltp=curves["ltp"], ltd=curves.get("ltd"), cycles=cycles, by_cycle=single,
                  readings=count, repeated=repeated, interpolated=interpolated, source=source)


def _every_pulse(what: str, numbers: np.ndarray, means: np.ndarray) -> tuple[float, ...]:
    """The conductance at every pulse from 0 to the last of `numbers` (ascending)."""
    count = int(numbers[-1]) - int(numbers[0]) + 1
    if not 2 <= count <= STATES:
        raise PointsError(f"{what} must have 2 to {STATES} pulse numbers, not {count}")
    if (means == means[0]).all():
        raise PointsError(f"{what} must have different conductances, not {conductance(means[0])} "
                          "everywhere")
    return tuple(np.interp(np.arange(count), numbers - numbers[0], means).tolist())


def _check_direction(what: str, curve: str, points: tuple[float, ...], pulse: np.ndarray,
                     readings: Readings) -> None:
    """Check that potentiation leads up, or that depression does not.

    Raises:
        PointsError: the direction is wrong; the message names the lines of the first and last
            reading.
    """
    first, last = (f"{conductance(value)} (line {readings.line[index]})" for value, index in (
        (points[0], pulse.argmin()), (points[-1], pulse.argmax())))
    if curve == "ltp" and points[-1] <= points[0]:
        raise PointsError(f"{what} must be higher at its last pulse than at its first, not {last} "
                          f"after {first}")
    if curve == "ltd" and points[-1] > points[0]:
        raise PointsError(f"{what} must be no higher at its last pulse than at its first, not "
                          f"{last} after {first}")
