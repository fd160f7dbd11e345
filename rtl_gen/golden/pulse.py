"""Pulse: at most one pulse a synapse and sample, by the sign of its column's delta."""

import numpy as np

from rtl_gen.device import DeviceTables

from .refresh import refresh


def trits(delta: np.ndarray, threshold: int) -> np.ndarray:
    """c_j = sign(delta_j) if |delta_j| > threshold, else 0."""
    return np.sign(delta) * (np.abs(delta) > threshold)


def pulse(tables: DeviceTables, method: str, plus: np.ndarray, minus: np.ndarray,
          trit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The states after one pulse of sign `trit` (-1 or 1); all three of one shape."""
    up = trit > 0
    if method == "unidirectional":
        return (np.where(up, tables.potentiate[plus], plus),
                np.where(up, minus, tables.potentiate[minus]))
    moved = np.where(up, tables.potentiate[plus], tables.depress[plus])
    if method == "single":
        return moved, minus
    return moved, np.where(up, tables.depress[minus], tables.potentiate[minus])


def pulse_update(tables: DeviceTables, method: str, refresh_state: int, plus: np.ndarray,
                 minus: np.ndarray, trit: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Pulse, then refresh where the method needs it: (plus, minus, pairs refreshed)."""
    plus, minus = pulse(tables, method, plus, minus, trit)
    if method != "unidirectional":
        return plus, minus, 0
    return refresh(tables, refresh_state, plus, minus)
