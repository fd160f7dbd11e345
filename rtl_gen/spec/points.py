"""Measured points of a device, made from the readings in a file."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from pulsetrain.errors import LONGEST, cut

from .cycles import Cycles, pulses
from .device import STATES
from .measurement import Cycle, by_cycle
from .reading.errors import PointsError
from .reading.options import Reading
from .reading.readings import CURVES, Readings, Understood, read_readings
from .units import conductance

__all__ = ["Points", "PointsError", "Run", "read_points"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """One cycle of one `device`: its readings in `siemens` (n,) after `pulse` (n,) pulses."""

    device: int
    pulse: np.ndarray
    siemens: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Points:
    """Conductance in siemens after 0, 1, 2, ... pulses of potentiation and of depression.

    `ltd` is None if it was not measured. `cycles` has the cycles of every measured curve; with
    several `devices`, those of the device that has most. `repeated` counts the readings that were
    averaged with an earlier one of the same pulse and device, `interpolated` the pulses without a
    reading. `runs` has every cycle of every device by itself, `understood` how the file was read,
    and `source` is the file.
    """

    ltp: tuple[float, ...]
    ltd: tuple[float, ...] | None
    cycles: dict[str, Cycles]
    readings: int
    repeated: int
    interpolated: int
    source: str
    devices: int = 1
    understood: Understood | None = None
    runs: dict[str, tuple[Run, ...]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def by_cycle(self) -> dict[str, tuple[Cycle, ...]]:
        """The readings of some or all cycles of every curve, if one device was measured in
        several."""
        if self.devices > 1:
            return {}
        return {curve: by_cycle(np.concatenate([run.pulse for run in runs]),
                                np.concatenate([run.siemens for run in runs]),
                                np.repeat(np.arange(len(runs)), [len(run.pulse) for run in runs]))
                for curve, runs in self.runs.items()}


@dataclass(frozen=True, kw_only=True)
class _Mean:
    """One curve of one device: the mean at every pulse, and what it was made of."""

    points: tuple[float, ...]
    cycles: Cycles
    readings: int
    repeated: int
    interpolated: int
    runs: tuple[Run, ...]


def read_points(path: Path, reading: Reading | None = None) -> Points:
    """The measured points in the file `path`, read as `reading` says.

    Rows may be in any order. A curve begins at its lowest pulse number. Cycles are averaged pulse
    by pulse, whether their pulse numbers begin again or keep counting (`cycles.py`); a column
    `cycle` decides if the data are ambiguous. Pulses between two readings are interpolated
    linearly. The means of several devices are averaged once more, pulse by pulse.

    Raises:
        PointsError: the file cannot be read, or some value cannot be used.
        ExtraMissingError: the file is a workbook, and openpyxl is not installed.
    """
    source = cut(str(path), LONGEST)
    readings, understood = read_readings(path, reading)
    if "ltp" not in readings:
        raise PointsError(f"{source}: contains no point of the curve ltp")
    devices = max(int(own.device.max()) for own in readings.values()) + 1
    curves: dict[str, tuple[float, ...]] = {}
    means: dict[str, list[_Mean]] = {}
    for curve in (name for name in CURVES if name in readings):
        means[curve] = [_mean(source, curve, part, device)
                        for device, part in _by_device(readings, curve)]
        curves[curve] = _average([mean.points for mean in means[curve]])
    every = [mean for own in means.values() for mean in own]
    return Points(
        ltp=curves["ltp"], ltd=curves.get("ltd"), source=source, devices=devices,
        cycles={curve: max((mean.cycles for mean in own), key=lambda cycles: cycles.count)
                for curve, own in means.items()},
        readings=sum(mean.readings for mean in every),
        repeated=sum(mean.repeated for mean in every),
        interpolated=sum(mean.interpolated for mean in every), understood=understood,
        runs={curve: tuple(run for mean in own for run in mean.runs)
              for curve, own in means.items()})


def _by_device(readings: dict[str, Readings],
               curve: str) -> Iterator[tuple[int, dict[str, Readings]]]:
    """(number of a device, its readings), for every device that has the `curve`."""
    numbers = np.unique(readings[curve].device)
    for number in numbers.tolist():
        if len(numbers) == 1 and all((own.device == number).all() for own in readings.values()):
            yield number, readings
            continue
        part = {}
        for name, own in readings.items():
            mine = own.device == number
            if mine.any():
                part[name] = replace(
                    own, pulse=own.pulse[mine], siemens=own.siemens[mine], line=own.line[mine],
                    device=own.device[mine], cycle=None if own.cycle is None else own.cycle[mine])
        yield number, part


def _mean(source: str, curve: str, readings: dict[str, Readings], device: int) -> _Mean:
    """The mean of the cycles of one device."""
    own = readings[curve]
    what = f"{source}: the curve {curve}"
    pulse, label, cycles = pulses(source, curve, readings)
    numbers, index = np.unique(pulse, return_inverse=True)
    means = np.bincount(index, own.siemens) / np.bincount(index)
    points = _every_pulse(what, numbers, means)
    _check_direction(what, curve, points, pulse, own)
    runs = (Run(device=device, pulse=pulse[label == number], siemens=own.siemens[label == number])
            for number in range(cycles.count))
    return _Mean(points=points, cycles=cycles, readings=len(pulse), runs=tuple(runs),
                 repeated=len(pulse) - len(numbers),
                 interpolated=max(0, len(points) - len(numbers)))


def _average(curves: list[tuple[float, ...]]) -> tuple[float, ...]:
    """The mean of curves pulse by pulse, of those that have the pulse."""
    if len(curves) == 1:
        return curves[0]
    table = np.full((len(curves), max(map(len, curves))), np.nan)
    for row, curve in zip(table, curves, strict=True):
        row[:len(curve)] = curve
    return tuple(np.nanmean(table, axis=0).tolist())


def _every_pulse(what: str, numbers: np.ndarray, means: np.ndarray) -> tuple[float, ...]:
    """The conductance at every pulse from 0 to the last of `numbers` (ascending)."""
    count = int(numbers[-1] - numbers[0]) + 1
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
