"""Measured points as curves, in units where the points' lowest potentiated conductance is 0 and
their highest is 1."""

import numpy as np

from pulsetrain.spec import Device

from .curves import Step


def normalised(device: Device) -> tuple[np.ndarray, np.ndarray]:
    """The points of `device` (LTP (L,), LTD (n,)) in units of the LTP's range.

    Depression mirrors potentiation where it was not measured, and begins at LTP's last point and
    ends at its first where `device.ltd_range` is "scale".
    """
    up = np.array(device.ltp)
    low, span = up.min(), up.max() - up.min()
    up = (up - low) / span
    if device.ltd is None:
        return up, 1 - up
    down = np.array(device.ltd)
    if device.ltd_range == "scale":
        return up, up[0] + (up[-1] - up[0]) * (down - down[-1]) / (down[0] - down[-1])
    return up, (down - low) / span


def rise(points: np.ndarray, substates: int) -> np.ndarray:
    """The conductances of all states of a device with the LTP `points` (L,): straight lines from
    point to point, shape (substates (L - 1) + 1,)."""
    count = substates * (len(points) - 1) + 1
    return np.interp(np.arange(count) / substates, np.arange(len(points)), points)


def falling(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The strictly falling curve through `points` (n,): (pulses, conductances), both (m,).

    It is the falling curve nearest to the points (least squares), but where that stays level for
    some pulses, it has only the middle one: a device does not stop for ever where a measurement
    wavers.
    """
    from scipy.optimize import isotonic_regression  # SciPy takes half a second to import

    level = isotonic_regression(points, increasing=False).x
    conductances, first, count = np.unique(-level, return_index=True, return_counts=True)
    return first + (count - 1) / 2, -conductances


def depression_step(points: np.ndarray) -> Step:
    """One depressing pulse of a device with the LTD `points` (n,).

    A conductance is taken to its position on the falling curve and one pulse on from there. Above
    the curve's highest point a pulse takes the first step of the curve, below its lowest none.
    """
    pulses, curve = falling(points)

    def step(g: np.ndarray) -> np.ndarray:
        position = np.interp(g, curve[::-1], pulses[::-1])
        return np.interp(position + 1, pulses, curve) - np.interp(position, pulses, curve)

    return step
