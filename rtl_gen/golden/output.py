"""Output: the predicted class, and the error of every output against its target."""

import numpy as np


def classify(z: np.ndarray) -> np.ndarray:
    """The class: argmax over the last axis, the lowest index on a tie."""
    return np.argmax(z, axis=-1)


def output_delta(y: np.ndarray, label: int, full: int, margin: int) -> np.ndarray:
    """max(0, full - margin - y_j) for the label, min(0, margin - y_j) for the others; (M,)."""
    delta = np.minimum(0, margin - y)
    delta[label] = max(0, full - margin - int(y[label]))
    return delta
