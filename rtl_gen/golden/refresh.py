"""Refresh: a full pair is erased and its difference programmed again."""

import numpy as np

from rtl_gen.device import DeviceTables


def full_device(tables: DeviceTables, refresh_state: int, state: np.ndarray) -> np.ndarray:
    """Whether a device is full: at `refresh_state` or above, or unmoved by a pulse."""
    return (state >= refresh_state) | (tables.potentiate[state] == state)


def refresh(tables: DeviceTables, refresh_state: int, plus: np.ndarray,
            minus: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Refresh pairs of which one device is full and the other above state 0.

    With d = read[s+] - read[s-], the device of d's sign goes to the lowest state whose
    conductance above read[0] is nearest to |d|, the other to 0. Returns (plus, minus, pairs).
    """
    due = ((full_device(tables, refresh_state, plus) & (minus > 0))
           | (full_device(tables, refresh_state, minus) & (plus > 0)))
    pairs = int(np.count_nonzero(due))
    if pairs:
        plus, minus = plus.copy(), minus.copy()
        difference = tables.read[plus[due]] - tables.read[minus[due]]
        target = _programmed(tables, np.abs(difference))
        plus[due] = np.where(difference > 0, target, 0)
        minus[due] = np.where(difference < 0, target, 0)
    return plus, minus, pairs


def _programmed(tables: DeviceTables, magnitude: np.ndarray) -> np.ndarray:
    distance = np.abs(tables.read - tables.read[0] - magnitude[:, np.newaxis])
    return np.argmin(distance, axis=1).astype(np.int32)
