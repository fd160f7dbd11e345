"""Pulse: a sample pulses a synapse at most once, with the sign of its column's delta."""

import numpy as np

from pulsetrain.spec import Config

from .refresh import refresh
from .synapse import Steps, Synapses


def trits(delta: np.ndarray, threshold: int) -> np.ndarray:
    """c_j = sign(delta_j) if |delta_j| > threshold, else 0."""
    return np.sign(delta) * (np.abs(delta) > threshold)


def pulse(method: str, synapses: Synapses, trit: np.ndarray, steps: Steps) -> Synapses:
    """The synapses after one pulse each.

    `trit`: the signs, -1 or 1, in a shape that broadcasts to that of the synapses. `steps`: how
    far the pulse moves the plus and the minus devices, and by how much it displaces them.
    """
    up = trit > 0
    plus, minus = synapses.plus, synapses.minus
    plus_devices, minus_devices = synapses.plus_devices, synapses.minus_devices
    of_plus, of_minus = (steps.plus, steps.plus_shift), (steps.minus, steps.minus_shift)
    more_plus = plus_devices.potentiated(plus, *of_plus)
    if method == "unidirectional":
        return synapses.moved(np.where(up, more_plus, plus),
                              np.where(up, minus, minus_devices.potentiated(minus, *of_minus)))
    moved = np.where(up, more_plus, plus_devices.depressed(plus, *of_plus))
    if method == "single":
        return synapses.moved(moved, minus)
    return synapses.moved(moved, np.where(up, minus_devices.depressed(minus, *of_minus),
                                          minus_devices.potentiated(minus, *of_minus)))


def pulse_update(config: Config, synapses: Synapses, trit: np.ndarray,
                 steps: Steps) -> tuple[Synapses, dict[str, int]]:
    """Pulse, then refresh if the method needs it.

    Returns the synapses and the amounts to count, by the names in `COUNTERS` and
    `DEVICE_PULSES`.
    """
    method = config.design.method
    pulsed, counts = pulse(method, synapses, trit, steps), {"refreshes": 0}
    if method == "unidirectional":
        pulsed, counts = refresh(pulsed, config.design.refresh_state,
                                 swap=config.update.refresh_swaps, error=steps.error)
    count = synapses.plus.size
    up = int(np.count_nonzero(np.broadcast_to(trit > 0, synapses.plus.shape)))
    potentiating = up if method == "single" else count
    depressing = {"unidirectional": 0, "bidirectional": count, "single": count - up}[method]
    return pulsed, {"pulses": count, "ltp_pulses": potentiating, "ltd_pulses": depressing,
                    **counts}
