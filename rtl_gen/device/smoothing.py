"""Smoothing: keeps the noise of reading measured points out of a device's tables.

A noisy reading of one pulse is not a property of the device. If it were used as it is, the device
would have states from which a pulse goes nowhere or backwards, and would hardly learn.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pulsetrain.spec import Device

from . import curves
from .fit import Fit, fit_curve

_FOLDS = 5
"""Most groups of cycles in the cross-validation."""

_ONE_CYCLE = 1.25
"""The fit is used if its error on points that were left out of one cycle is at most this many times
that of the isotonic curve. Neighbours share what the noise of pulses has added up to, so monotone
curves seem to predict them better than they predict another cycle."""

_FEW = _ONE_CYCLE
"""Fewer groups are used if their mean squared error is at most this many times the least."""

_FEW_WRONG = 0.1
"""If a curve's steps the wrong way make up at most this share of its range, it is hardly noisy: an
LTP is repaired with the isotonic curve, an LTD is used as it is."""

_CYCLES = "cycles left out"

Predictor = Callable[[np.ndarray], np.ndarray]
"""Conductances after any numbers of pulses."""


@dataclass(frozen=True, kw_only=True)
class Smoothing:
    """How the points of a device are smoothed.

    `method` is "none", "isotonic" or "fit"; `automatic`, whether the points decided. `reason` is a
    sentence for people; "" for clean points. `ltp` and `ltd` are the curves for the tables, in
    siemens.
    """

    method: str
    automatic: bool
    reason: str
    ltp: tuple[float, ...]
    ltd: tuple[float, ...] | None


@lru_cache(maxsize=64)
def smoothing(device: Device) -> Smoothing:
    """How the points of the measured `device` are smoothed, and the curves that result."""
    automatic = device.smooth in (None, "auto")
    method, reason = _chosen(device) if automatic else (str(device.smooth), "")
    return Smoothing(
        method=method, automatic=automatic, reason=reason,
        ltp=_smooth(device.points, method, depression=False),
        ltd=device.ltd and _smooth(device.ltd, method, depression=True))


def isotonic(points: Sequence[float], *, depression: bool) -> np.ndarray:
    """The strictly monotone curve near `points` (n,), shape (n,).

    Neighbouring pulses are averaged in groups, and the rising or falling curve nearest to the means
    is taken (least squares). Of different numbers of groups, the smallest counts that predicts
    every other point well from the points between. Without noise each point is its own group.
    """
    values = np.asarray(points, np.float64)
    count = _groups(values, depression=depression)
    return _monotone(values, count, np.arange(len(values)), depression=depression)


def _groups(values: np.ndarray, *, depression: bool) -> int:
    """The number of groups of the points `values` (n,)."""
    index = np.arange(len(values))
    tried = [count for count in (4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1024)
             if count <= len(values) // 4]
    if not tried:
        return len(values)
    errors = []
    for count in (*tried, len(values)):
        error = 0.0
        for part in (0, 1):
            seen, left = index[part::2], index[1 - part::2]
            left = left[(left > seen[0]) & (left < seen[-1])]
            curve = _monotone(values[seen], min(count, len(seen)), (left - part) / 2,
                              depression=depression)
            error += float(np.sum((curve - values[left]) ** 2))
        errors.append(error)
    best = next(number for number, error in enumerate(errors) if error <= _FEW * min(errors))
    return (*tried, len(values))[best]


def _monotone(values: np.ndarray, count: int, pulses: np.ndarray, *,
              depression: bool) -> np.ndarray:
    """The strictly monotone curve near `values` (n,) from `count` groups, after `pulses`.

    Where the nearest monotone curve stays level for some groups, it passes through the middle of
    them, because noise in a measurement does not stop a device. It is continued to both ends.
    """
    from scipy.optimize import isotonic_regression  # SciPy takes half a second to import

    groups = np.array_split(np.arange(len(values)), count)
    middles = np.array([group.mean() for group in groups])
    means = np.array([values[group].mean() for group in groups])
    level = isotonic_regression(means, weights=[len(group) for group in groups],
                                increasing=not depression).x
    starts = np.flatnonzero(np.append(True, np.diff(level) != 0))
    lasts = np.append(starts[1:], len(level)) - 1
    knots, heights = (middles[starts] + middles[lasts]) / 2, level[starts]
    if len(starts) < 2:
        return np.full(len(pulses), heights[0])
    if count == len(values):
        knots[0], knots[-1] = 0, len(values) - 1
        return np.interp(pulses, knots, heights)
    slopes = np.diff(heights)[[0, -1]] / np.diff(knots)[[0, -1]]
    before, after = np.minimum(pulses - knots[0], 0), np.maximum(pulses - knots[-1], 0)
    curve = np.interp(pulses, knots, heights) + slopes[0] * before + slopes[1] * after
    return np.maximum(curve, 0.0)


def fitted(fit: Fit, pulses: np.ndarray, last: int) -> np.ndarray:
    """The conductances of a fit to points after 0..`last` pulses, after the numbers `pulses`."""
    rise = curves.rise(fit.u, pulses / last, last, 1.0)
    return np.maximum(fit.start + (fit.end - fit.start) * rise, 0.0)


def _smooth(points: Sequence[float], method: str, *, depression: bool) -> tuple[float, ...]:
    if method == "none":
        return tuple(points)
    if method == "isotonic":
        return tuple(isotonic(points, depression=depression).tolist())
    last = len(points) - 1
    fit = fit_curve(points, depression=depression)
    return tuple(fitted(fit, np.arange(last + 1), last).tolist())


def _chosen(device: Device) -> tuple[str, str]:
    """(method, reason) for the points of `device`."""
    ltp, ltd = np.array(device.points), np.array(device.ltd or ())
    wrong = f"{np.count_nonzero(np.diff(ltp) <= 0)} of {len(ltp) - 1} steps of LTP do not rise"
    if len(ltd):
        wrong += f", {np.count_nonzero(np.diff(ltd) >= 0)} of {len(ltd) - 1} of LTD do not fall"
    if _wrong_way(-ltp) <= _FEW_WRONG and _wrong_way(ltd) <= _FEW_WRONG:
        if (np.diff(ltp) > 0).all():
            return "none", ""
        return "isotonic", (f"A few points are noisy ({wrong}): the tables hold the nearest "
                            'monotone curves (device.smooth = "isotonic").')
    measured = device.measurement
    errors, ways = [], set()
    for points, cycles, depression in (
            (ltp, measured.ltp if measured else (), False),
            (ltd, measured.ltd if measured else (), True)):
        if len(points) > 1:
            found, way = _errors(points, cycles, depression=depression)
            errors.append(found / max(float(np.ptp(points)), 1e-30) ** 2)
            ways.add(way)
    isotonic_error, fit_error = np.sqrt(np.mean([found.mean(axis=0) for found in errors], axis=0))
    if ways == {_CYCLES}:  # the fit, unless it is worse by more than the error of the difference
        worse = np.concatenate([found[:, 1] - found[:, 0] for found in errors])
        as_good = worse.mean() <= worse.std() / np.sqrt(len(worse))
    else:
        as_good = fit_error <= _ONE_CYCLE * isotonic_error
    method = "fit" if as_good else "isotonic"
    name = {"fit": "the saturating curve's fit", "isotonic": "the nearest monotone curves"}[method]
    return method, (
        f"The points are noisy ({wrong}): the tables hold {name} (device.smooth = \"{method}\"). "
        f"On {' and '.join(sorted(ways))}, the fit is wrong by {_percent(fit_error)} of the range, "
        f"the monotone curves by {_percent(isotonic_error)}.")


def _errors(points: np.ndarray, cycles: Sequence[Sequence[tuple[float, float]]], *,
            depression: bool) -> tuple[np.ndarray, str]:
    """(mean squared errors of the isotonic curve and of the fit on several sets of readings that
    they have not seen (sets, 2), what the sets are)."""
    if len(cycles) > 1:
        return _over_cycles(len(points), cycles, depression=depression), _CYCLES
    index = np.arange(len(points))
    if len(points) < 6:
        return np.array([[0.0, 1.0]]), "too few points"
    squares = np.zeros((2, 2))
    for part in (0, 1):
        seen, left = index[part::2], index[1 - part::2]
        left = left[(left > seen[0]) & (left < seen[-1])]
        for number, predict in enumerate(_predictors(points[seen], depression=depression)):
            squares[part, number] = np.mean((predict((left - part) / 2) - points[left]) ** 2)
    return squares, "every other point left out"


def _over_cycles(count: int, cycles: Sequence[Sequence[tuple[float, float]]], *,
                 depression: bool) -> np.ndarray:
    """The errors on each group of cycles of curves made of the other cycles, (groups, 2)."""
    table = np.full((len(cycles), count), np.nan)
    for row, cycle in zip(table, cycles, strict=True):
        pulse, siemens = np.array(cycle).T
        within = np.arange(count) <= pulse[-1]
        row[within] = np.interp(np.arange(count)[within], pulse, siemens)
    group = np.arange(len(cycles)) % min(_FOLDS, len(cycles))
    squares = []
    for number in np.unique(group):
        others, own = table[group != number], table[group == number]
        common = ~np.isnan(others).all(axis=0)
        last = len(common) if common.all() else int(np.argmin(common))
        if last < 3:
            continue
        means = np.nanmean(others[:, :last], axis=0)
        known = ~np.isnan(own[:, :last])
        squares.append([float(np.mean((predict(np.arange(last)) - own[:, :last])[known] ** 2))
                        for predict in _predictors(means, depression=depression)])
    return np.array(squares or [[0.0, 1.0]])


def _predictors(points: np.ndarray, *, depression: bool) -> tuple[Predictor, Predictor]:
    """The isotonic curve and the fit, after any number of pulses."""
    count = _groups(points, depression=depression)
    fit = fit_curve(points.tolist(), depression=depression)
    last = len(points) - 1
    return (lambda pulses: _monotone(points, count, pulses, depression=depression),
            lambda pulses: fitted(fit, pulses, last))


def _wrong_way(ltd: np.ndarray) -> float:
    """All steps of a falling curve that rise, as a share of its range; 0 if it has none."""
    span = float(np.ptp(ltd)) if len(ltd) else 0.0
    return float(np.maximum(np.diff(ltd), 0).sum()) / span if span else 0.0


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %"
