"""Fitting the saturating curve to measured points."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import curves

_LARGEST = 30.0
"""Largest bend |u| that a fit tries; beyond it, at most two pulses move any device."""

_EQUAL = 1e-15
"""Mean squares, in units of the largest point, that differ by less count as equal."""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """The saturating curve nearest to some points (least squares), with three measures of its bend.

    `pulses` A is None if the curve is straight. `nl` has NeuroSim's sign. `start` and `end` are the
    curve's conductances at its first and its last pulse, `residual` the root of the mean squared
    distance, all in siemens; `residual_share` is the residual as a share of |end - start|, None if
    these are equal. `wrong_way` counts the steps from point to point against the curve's direction.
    `nl_anchored` is the label by NeuroSim's convention: that of the nearest curve between the
    lowest and the highest point, which the noise of these two points bends.
    """

    u: float
    pulses: float | None
    nl: float
    start: float
    end: float
    residual: float
    residual_share: float | None
    wrong_way: int
    nl_anchored: float


def fit_curve(points: Sequence[float], *, depression: bool) -> Fit:
    """The curve nearest to the conductances `points` (siemens) after 0, 1, 2, ... pulses.

    For a given bend u, start and end follow from linear least squares, so the search has one
    dimension. If several bends fit equally well, as through two points, the smallest is used.
    """
    measured = np.asarray(points, np.float64)
    scale = np.abs(measured).max() or 1.0
    values = measured / scale
    shares = np.linspace(0, 1, len(values))

    def solve(u: float) -> tuple[np.ndarray, float]:
        rise = curves.rise(u, shares, len(values) - 1, 1.0)
        terms = np.stack([1 - rise, rise], axis=1)
        ends = np.linalg.lstsq(terms, values, rcond=None)[0]
        return ends, float(np.mean((terms @ ends - values) ** 2))

    bends = np.geomspace(0.01, _LARGEST, 60)
    tried = np.concatenate([-bends[::-1], [0.0], bends])
    squares = np.array([solve(u)[1] for u in tried])
    equal = np.flatnonzero(squares <= squares.min() + _EQUAL)
    best = equal[np.argmin(np.abs(tried[equal]))]
    u = float(tried[best])
    if squares[best] > _EQUAL:
        from scipy.optimize import minimize_scalar  # SciPy takes half a second to import

        bounds = tried[max(best - 1, 0)], tried[min(best + 1, len(tried) - 1)]
        u = float(minimize_scalar(lambda bend: solve(bend)[1], bounds=bounds, method="bounded",
                                  options={"xatol": 1e-9}).x)
    ends, square = solve(u)
    start, end = ends * scale
    residual = np.sqrt(square) * scale
    steps = np.diff(measured) * (-1 if depression else 1)
    label = curves.nl_of(u)
    return Fit(u=u, pulses=(len(values) - 1) / u if u else None,
               nl=-label if depression and u else label,
               start=float(start), end=float(end), residual=float(residual),
               residual_share=float(residual / abs(end - start)) if end != start else None,
               wrong_way=int(np.count_nonzero(steps < 0)),
               nl_anchored=_anchored(measured, depression=depression))


def _anchored(points: np.ndarray, *, depression: bool) -> float:
    """NeuroSim's label of the curve nearest to `points` (n,) between their minimum and maximum.

    As in NeuroSim's `nonlinear_fit.m`, the position runs from 0 at Gmin to 1 at Gmax: that of
    depression counts back.
    """
    span = float(np.ptp(points))
    if span == 0:
        return 0.0
    values = (points - points.min()) / span
    position = np.linspace(1, 0, len(points)) if depression else np.linspace(0, 1, len(points))

    def square(u: float) -> float:
        return float(np.mean((curves.rise(u, position, 1.0, 1.0) - values) ** 2))

    bends = np.geomspace(0.01, _LARGEST, 60)
    tried = np.concatenate([-bends[::-1], [0.0], bends])
    best = int(np.argmin([square(u) for u in tried]))
    from scipy.optimize import minimize_scalar  # SciPy takes half a second to import

    bounds = tried[max(best - 1, 0)], tried[min(best + 1, len(tried) - 1)]
    return curves.nl_of(float(minimize_scalar(square, bounds=bounds, method="bounded",
                                              options={"xatol": 1e-9}).x))
