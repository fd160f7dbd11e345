"""Rounding and saturation, each under one name; `hdl.library.arithmetic` has the hardware."""

import numpy as np


def floor_shift(value: np.ndarray, shift: int) -> np.ndarray:
    """Shift right, rounding down: -1 >> 1 is -1."""
    return value >> shift


def truncate_shift(value: np.ndarray, shift: int) -> np.ndarray:
    """Shift right, rounding towards zero: the magnitude is shifted, so -1 gives 0."""
    return np.sign(value) * (np.abs(value) >> shift)


def clamp(value: np.ndarray, low: int, high: int) -> np.ndarray:
    """The nearest value in low..high."""
    return np.minimum(np.maximum(value, low), high)


def saturate(value: np.ndarray, limit: int) -> np.ndarray:
    """The nearest value in -limit..limit."""
    return clamp(value, -limit, limit)
