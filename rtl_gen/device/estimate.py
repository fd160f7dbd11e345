"""Noise and variation estimated from single cycles and single devices of a measurement."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pulsetrain.spec.points import Points, Run

from .fit import fit_curve
from .smoothing import fitted

_LAGS = 8
"""Most pulses between two readings whose difference is used."""

_LEAST = 6
"""Fewest points of a cycle that is used."""


@dataclass(frozen=True, kw_only=True)
class Noise:
    """Noise of a measurement as shares of Gmax - Gmin (standard deviations).

    `pulse` is that of one pulse, `read` that of one reading. `cycles` is how many cycles of one
    device were compared; 1 means that the readings were compared with the fit.
    """

    pulse: float
    read: float
    cycles: int


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Differences between `devices`: standard deviations of Gmax - Gmin and of the ratio of LTP's
    rise to LTD's fall as shares of their means, and of the labels NL."""

    devices: int
    range: float
    up_down: float
    bend: float


def noise_of(points: Points) -> Noise | None:
    """The noise in `points`; None if there are too few.

    The pulses' noise adds up, and that of readings does not: the mean squared difference between
    the deviations of two readings that are m pulses apart is m pulse^2 + 2 read^2. The deviation is
    that from the mean of all cycles of the device, or from the fit if there is one cycle.
    """
    span = max(points.ltp) - min(points.ltp)
    squares, weights, most = np.zeros(_LAGS), np.zeros(_LAGS), 0
    for curve, runs in points.runs.items():
        for device in {run.device for run in runs}:
            own = [run for run in runs if run.device == device and len(run.pulse) >= _LEAST]
            if not own:
                continue
            most = max(most, len(own))
            for row in _deviations(own, depression=curve == "ltd") / span:
                row = row[~np.isnan(row)]
                for lag in range(1, min(_LAGS, len(row) // 3) + 1):
                    squares[lag - 1] += float(np.sum((row[lag:] - row[:-lag]) ** 2))
                    weights[lag - 1] += len(row) - lag
    known = weights > 0
    if np.count_nonzero(known) < 2:
        return None
    lags = 1.0 + np.flatnonzero(known)
    slope, level = np.polyfit(lags, squares[known] / weights[known], 1, w=np.sqrt(weights[known]))
    return Noise(pulse=float(np.sqrt(max(slope, 0.0))), read=float(np.sqrt(max(level, 0.0) / 2)),
                 cycles=most)


def spread_of(points: Points) -> Spread | None:
    """The differences between the devices of `points`; None if there is one only."""
    if points.devices < 2:
        return None
    fits = {curve: [fit_curve(_mean(runs, device), depression=curve == "ltd")
                    for device in sorted({run.device for run in runs})]
            for curve, runs in points.runs.items()}
    spans = {curve: np.array([abs(fit.end - fit.start) for fit in found])
             for curve, found in fits.items()}
    labels = [np.array([fit.nl for fit in found]) for found in fits.values() if len(found) > 1]
    ratio = np.ones(2)
    if "ltd" in spans and len(spans["ltd"]) == len(spans["ltp"]):
        ratio = spans["ltp"] / np.maximum(spans["ltd"], 1e-30)
    return Spread(
        devices=points.devices, range=_relative(spans["ltp"]), up_down=_relative(ratio),
        bend=float(np.sqrt(np.mean([label.var(ddof=1) for label in labels]))) if labels else 0.0)


def _deviations(runs: Sequence[Run], *, depression: bool) -> np.ndarray:
    """The deviation of every cycle at every pulse (cycles, pulses); NaN where it was not read."""
    count = max(int(run.pulse.max()) for run in runs) + 1
    table = np.full((len(runs), count), np.nan)
    for row, run in zip(table, runs, strict=True):
        at = np.round(run.pulse).astype(int)
        row[at[at < count]] = run.siemens[at < count]
    if len(runs) > 1:
        known = np.count_nonzero(~np.isnan(table), axis=0)
        table[:, known < 2] = np.nan
        scale = np.sqrt(known / np.maximum(known - 1, 1))
        with np.errstate(invalid="ignore"):
            sums = np.nansum(table, axis=0) / np.maximum(known, 1)
        return (table - sums) * scale
    mean = _mean(runs, runs[0].device)
    fit = fit_curve(mean, depression=depression)
    return table - fitted(fit, np.arange(count), max(count - 1, 1))


def _mean(runs: Sequence[Run], device: int) -> list[float]:
    """The mean of a device's cycles at every pulse."""
    own = [run for run in runs if run.device == device]
    pulse = np.concatenate([run.pulse for run in own])
    siemens = np.concatenate([run.siemens for run in own])
    numbers, index = np.unique(pulse, return_inverse=True)
    means = np.bincount(index, siemens) / np.bincount(index)
    return np.interp(np.arange(int(numbers[-1]) + 1), numbers, means).tolist()


def _relative(values: np.ndarray) -> float:
    """The standard deviation as a share of the mean."""
    return float(values.std(ddof=1) / values.mean()) if len(values) > 1 else 0.0
