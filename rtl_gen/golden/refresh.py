"""Refresh: a full pair is erased and its difference programmed again."""

import numpy as np

from .synapse import Synapses


def due_pairs(synapses: Synapses, refresh_state: int) -> np.ndarray:
    """Whether one device of a pair is full and the other above state 0; bool."""
    plus, minus = synapses.plus_devices, synapses.minus_devices
    due: np.ndarray = ((plus.full(synapses.plus, refresh_state) & (synapses.minus > 0))
                       | (minus.full(synapses.minus, refresh_state) & (synapses.plus > 0)))
    return due


def refresh(synapses: Synapses, refresh_state: int, *, swap: bool,
            error: np.ndarray | None = None) -> tuple[Synapses, dict[str, int]]:
    """Refresh the pairs of `due_pairs`.

    With d = read[s+] - read[s-], the device of d's sign goes to the lowest state whose
    conductance above the other's read[0] is nearest to |d|, the other to 0. With `swap` the
    two devices of the pair exchange their roles first. A device that is programmed to a state above
    0 is then displaced by `error` (of the shape of the synapses; None: exact). Returns the synapses
    and the amounts to count: "refreshes", "erase_pulses" and "reprogram_pulses".
    """
    plus, minus = synapses.plus_devices, synapses.minus_devices
    due = due_pairs(synapses, refresh_state)
    pairs = int(np.count_nonzero(due))
    if not pairs:
        return synapses, {"refreshes": 0, "erase_pulses": 0, "reprogram_pulses": 0}
    difference = synapses.weight()[due]
    magnitude = np.abs(difference)
    plus, minus = plus.at(due), minus.at(due)
    if swap:
        plus, minus = minus, plus
    zero = np.zeros_like(difference)
    result = synapses.copy()
    plus_states = np.where(
        difference > 0, plus.nearest(magnitude + minus.conductance(zero)), 0)
    minus_states = np.where(
        difference < 0, minus.nearest(magnitude + plus.conductance(zero)), 0)
    programmed = plus.programming(plus_states).sum() + minus.programming(minus_states).sum()
    if error is not None:
        plus_states, minus_states = (
            np.where(states > 0, devices.displaced(states, error[due]), 0)
            for devices, states in ((plus, plus_states), (minus, minus_states)))
    result.plus[due], result.minus[due] = plus_states, minus_states
    if result.polarity is not None:
        result.polarity[due] = ~result.polarity[due]
    return result, {"refreshes": pairs, "erase_pulses": 2 * pairs,
                    "reprogram_pulses": int(programmed)}
