"""Activation: exact sums to pulse widths, and the events of the next layer."""

import numpy as np

from pulsetrain.spec import Layer

from .arithmetic import clamp, floor_shift


def activate(z: np.ndarray, layer: Layer, full: int) -> np.ndarray:
    """The activation y = clamp((z >> forward_shift) + offset, 0, full); any shape, floor shift."""
    return clamp(floor_shift(z, layer.forward_shift) + layer.offset, 0, full)


def derivative(y: np.ndarray, full: int) -> np.ndarray:
    """The derivative bit: 1 where the activation is neither 0 nor full."""
    return (y > 0) & (y < full)


def groups_with(chosen: np.ndarray, lanes: int) -> np.ndarray:
    """How many of the units `chosen` (bool, (M,)) each group of `lanes` units holds."""
    starts = np.arange(0, len(chosen), lanes)
    return np.add.reduceat(chosen.astype(np.int64), starts)
