"""Backward: the deltas of the layer below, from the same rows that the update reads."""

import numpy as np

from .activation import derivative
from .arithmetic import saturate, truncate_shift


def backward(weight: np.ndarray, delta: np.ndarray, y: np.ndarray, shift: int, full: int,
             limit: int) -> np.ndarray:
    """delta_i = saturate(truncate_shift(b_i, shift)) with b_i = sum_j w_ij delta_j; 0 where the
    derivative bit of y_i is 0.

    `weight`: (N + 1, M) of the layer whose deltas `delta` (M,) are given; `y`: (N,) its inputs.
    Returns (N,), int64.
    """
    units = np.flatnonzero(derivative(y, full))
    columns = np.flatnonzero(delta)
    exact = weight[np.ix_(units, columns)].astype(np.int64) @ delta[columns].astype(np.int64)
    result = np.zeros(len(y), np.int64)
    result[units] = saturate(truncate_shift(exact, shift), limit)
    return result
