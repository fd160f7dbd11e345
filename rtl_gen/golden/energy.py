"""Energy, time and wear: what reads and pulses of a training cost, in integers.

The array that is assumed (docs/explanation/energy.md says why):

- Forward: row i is driven for x_i ticks, the bias line for X; every pair of the row conducts. All
  rows are driven at once, so a layer takes X ticks.
- Backward: column j is driven for |delta_j| ticks; every pair of the column conducts, except that
  of the bias line, which is switched off. All columns are driven at once, so a layer takes
  max |delta_j| ticks.
- Update: all rows that fire and all columns are pulsed at once, but only with pulses of one
  polarity: a layer takes one slot of a potentiating pulse, one of a depressing pulse, or both.
- Refresh: row after row. All pairs of a row are erased in one slot, and then programmed at once:
  as many slots as the pair that needs most.
- Nothing overlaps: one layer follows another, and one step follows another.
"""

from dataclasses import dataclass

import numpy as np

from pulsetrain.spec import Config

from .pulse import pulse
from .refresh import due_pairs, refresh
from .synapse import Steps, Synapses


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What one update of some synapses cost: the amounts to count, by the names in `ENERGY_COUNTS`,
    and the pulses on the physical devices 0 and 1 of every pair."""

    counts: dict[str, int]
    first: np.ndarray
    second: np.ndarray


def forward_reads(total: np.ndarray, x: np.ndarray, full: int) -> int:
    """sum_i x_i sum_j G_ij + full * sum_j G_bias,j for the conductances `total` (N + 1, M) of all
    pairs and activations `x` (N,)."""
    rows = total.sum(axis=1, dtype=np.int64)
    return int(x.astype(np.int64) @ rows[:-1] + full * rows[-1])


def backward_reads(total: np.ndarray, delta: np.ndarray) -> int:
    """sum_j |delta_j| sum_i G_ij, without the bias line, for `total` (N + 1, M), `delta` (M,)."""
    return int(np.abs(delta) @ total[:-1].sum(axis=0, dtype=np.int64))


def spent(config: Config, before: Synapses, trit: np.ndarray, steps: Steps) -> Spent:
    """What `pulse_update` of the synapses `before` (rows, columns) with `trit` and `steps` costs.

    A device is programmed with as many pulses as its aim needs, whatever the error of the refresh.
    """
    method = config.design.method
    pulsed = pulse(method, before, trit, steps)
    up = np.broadcast_to(trit > 0, before.plus.shape)
    no = np.zeros_like(up)
    raised, lowered = {  # of the plus and of the minus devices
        "unidirectional": ((up, ~up), (no, no)),
        "bidirectional": ((up, ~up), (~up, up)),
        "single": ((up, no), (~up, no))}[method]
    devices = before.plus_devices, before.minus_devices
    states = (before.plus, pulsed.plus), (before.minus, pulsed.minus)
    old, new = ([device.conductance(pair[index])
                 for device, pair in zip(devices, states, strict=True)] for index in range(2))
    through = [was + now for was, now in zip(old, new, strict=True)]
    pulses = [high.astype(np.int64) + low for high, low in zip(raised, lowered, strict=True)]
    due, aimed = no, pulsed
    if method == "unidirectional":
        due = due_pairs(pulsed, config.design.refresh_state)
        aimed, _ = refresh(pulsed, config.design.refresh_state, swap=config.update.refresh_swaps)
    empty = sum(device.conductance(np.zeros_like(before.plus)) for device in devices)
    later = aimed.plus_devices, aimed.minus_devices
    targets = aimed.plus, aimed.minus
    programming = [np.where(due, device.programming(state), 0)
                   for device, state in zip(later, targets, strict=True)]
    counts = {
        "ltp_conductance": _sum(through, raised), "ltd_conductance": _sum(through, lowered),
        "erase_conductance": _sum([new[0] + new[1] + empty], [due]),
        "reprogram_conductance": _sum(
            [device.programming_conductance(state)
             for device, state in zip(later, targets, strict=True)], [due, due]),
        "ltp_slots": int(any(map(np.any, raised))), "ltd_slots": int(any(map(np.any, lowered))),
        "erase_slots": int(due.any(axis=1).sum()),
        "reprogram_slots": int(np.maximum(*programming).max(axis=1).sum())}
    first, second = _physical(before, *pulses)
    again = _physical(aimed, *programming)
    return Spent(counts=counts, first=first + due + again[0], second=second + due + again[1])


def _sum(values: list[np.ndarray], chosen: list[np.ndarray] | tuple[np.ndarray, ...]) -> int:
    """The sum of the `values` where `chosen`."""
    return sum(int(array[mask].sum(dtype=np.int64))
               for array, mask in zip(values, chosen, strict=True))


def _physical(synapses: Synapses, plus: np.ndarray,
              minus: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the devices in the roles plus and minus have, for the physical devices 0 and 1."""
    if synapses.polarity is None:
        return plus, minus
    return (np.where(synapses.polarity, minus, plus), np.where(synapses.polarity, plus, minus))
