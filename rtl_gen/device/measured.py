"""Measured points as curves, in units where the points' lowest potentiated conductance is 0 and
their highest is 1."""

import numpy as np
from scipy.optimize import isotonic_regression

from rtl_gen.spec import Device

from .curves import Step


def normalised(device: Device) -> tuple[np.ndarray, np.ndarray]:
    """The points of `device` (LTP (L,), LTD (n,)) in units of the LTP's range.

    Depression mirrors potentiation where it was not measured.
    """
    up = np.array(device.ltp)
    low, span = up.min(), up.max() - up.min()
    up = (up - low) / span
    down = 1 - up if device.ltd is None else (np.array(device.ltd) - low) / span
    return up, down


def falling(points: np.ndarray) -> np.ndarray:
    """The falling curve nearest to `points` (least squares), shape (n,)."""
    return isotonic_regression(points, increasing=False).x


def depression_step(points: np.ndarray) -> Step:
    """One depressing pulse of a device with the LTD `points` (n,).

    A conductance is taken to its place on the falling curve and one pulse on from there. Above
    the curve's highest point a pulse takes the first step of the curve, below its lowest none.
    """
    curve = falling(points)
    pulses = np.arange(len(curve), dtype=np.float64)

    def step(g: np.ndarray) -> np.ndarray:
        place = np.interp(g, curve[::-1], pulses[::-1])
        return np.interp(place + 1, pulses, curve) - np.interp(place, pulses, curve)

    return step
