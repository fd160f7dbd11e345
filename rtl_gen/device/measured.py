"""Measured points as curves, in units where the lowest conductance of LTP is 0 and the highest
is 1."""

import numpy as np

from pulsetrain.spec import Device

from .curves import Step
from .smoothing import smoothing


def normalised(device: Device) -> tuple[np.ndarray, np.ndarray]:
    """The smoothed points of `device` (LTP (L,), LTD (n,)) in units of the LTP's range.

    If depression was not measured, it mirrors potentiation. If `device.ltd_range` is "scale", it
    begins at LTP's last point and ends at its first.
    """
    smooth = smoothing(device)
    up = np.array(smooth.ltp)
    low, span = up.min(), up.max() - up.min()
    up = (up - low) / span
    if smooth.ltd is None:
        return up, 1 - up
    down = np.array(smooth.ltd)
    if device.ltd_range == "scale":
        return up, up[0] + (up[-1] - up[0]) * (down - down[-1]) / (down[0] - down[-1])
    return up, (down - low) / span


def offset(device: Device) -> float:
    """Gmin / Gmax of the smoothed points."""
    points = smoothing(device).ltp
    return min(points) / max(points)


def rise(points: np.ndarray, substates: int) -> np.ndarray:
    """The conductances of all states of a device with the LTP `points` (L,): straight lines from
    point to point, shape (substates (L - 1) + 1,)."""
    count = substates * (len(points) - 1) + 1
    return np.interp(np.arange(count) / substates, np.arange(len(points)), points)


def falling(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The strictly falling curve through `points` (n,): (pulses, conductances), both (m,).

    It is the falling curve nearest to the points (least squares). If that curve stays level for
    some pulses, only the middle one is kept: noise in a measurement must not stop a device forever.
    """
    from scipy.optimize import isotonic_regression  # SciPy takes half a second to import

    level = isotonic_regression(points, increasing=False).x
    conductances, first, count = np.unique(-level, return_index=True, return_counts=True)
    return first + (count - 1) / 2, -conductances


def depression_step(points: np.ndarray) -> Step:
    """One depressing pulse of a device with the LTD `points` (n,).

    A pulse moves a conductance from its position on the falling curve to the position one pulse
    later. Above the curve's highest point it makes the curve's first step, below its lowest none.
    """
    pulses, curve = falling(points)

    def step(g: np.ndarray) -> np.ndarray:
        position = np.interp(g, curve[::-1], pulses[::-1])
        return np.interp(position + 1, pulses, curve) - np.interp(position, pulses, curve)

    return step
