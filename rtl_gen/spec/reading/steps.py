"""Tables of steps: pairs of a conductance and its change by one pulse, made into a curve."""

import numpy as np

_BINS = 32
"""Most groups of neighbouring conductances whose mean step counts."""

_PAIRS = 8
"""Pairs of a group, if there are enough of them."""

_LONGEST = 4096
"""Most points of a curve."""

_SMALLEST = 1e-4
"""A curve ends where a step falls below this share of the range."""


def curve_of(siemens: np.ndarray, step: np.ndarray, *, up: bool) -> np.ndarray:
    """The conductances after 0, 1, 2, ... pulses of a device whose pulse changes the conductance
    `siemens` (n,) by `step` (n,): from the lowest to the highest, or down if not `up`.

    The step at a conductance is the mean of its neighbours, interpolated between groups of them.
    """
    order = np.argsort(siemens, kind="stable")
    groups = np.array_split(order, max(1, min(_BINS, len(order) // _PAIRS)))
    middles = np.array([siemens[group].mean() for group in groups])
    means = np.array([step[group].mean() for group in groups])
    sign = 1.0 if up else -1.0
    low, high = float(siemens.min()), float(siemens.max())
    points = [low if up else high]
    while len(points) < _LONGEST:
        move = sign * float(np.interp(points[-1], middles, means))
        if move <= _SMALLEST * (high - low) / 2:
            break
        points.append(min(max(points[-1] + sign * move, low), high))
        if points[-1] in (low, high):
            break
    return np.array(points)
