"""Forward: every lane accumulates input times weight over the events."""

import numpy as np


def forward(weight: np.ndarray, x: np.ndarray, full: int) -> np.ndarray:
    """z_j = sum_i x_i w_ij + full * w_bias,j, exact.

    `weight`: (N + 1, M), the bias line last. `x`: (N,) unsigned activations. Returns (M,), int64.
    """
    events = np.flatnonzero(x)
    products = x[events].astype(np.int64) @ weight[events].astype(np.int64)
    return products + full * weight[-1].astype(np.int64)


def forward_batch(weight: np.ndarray, x: np.ndarray, full: int) -> np.ndarray:
    """`forward` of many samples: `x` (n, N) -> (n, M).

    Computed in float64, whose 53 bits hold every partial sum (|z| < 2^35) exactly.
    """
    exact = x.astype(np.float64) @ weight[:-1].astype(np.float64)
    return exact.astype(np.int64) + full * weight[-1].astype(np.int64)
