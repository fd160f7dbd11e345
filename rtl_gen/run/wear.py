"""Wear: how many pulses the devices of a state got."""

from dataclasses import dataclass

import numpy as np

from pulsetrain.spec import Config


@dataclass(frozen=True, kw_only=True)
class Wear:
    """The wear of all devices: all `pulses`, their `mean` per device and the `most` on one.

    The most worn device is `device` (0 or 1) of the pair at `row` and `column` of `layer` (from 1;
    row and column from 0, the bias line is the last row). `beyond` is the share (0..1) of devices
    with more pulses than their `endurance`; both are None if that is not given.
    """

    devices: int
    pulses: int
    mean: float
    most: int
    layer: int
    row: int
    column: int
    device: int
    endurance: float | None
    beyond: float | None


def wear_of(config: Config, counts: list[np.ndarray] | None) -> Wear | None:
    """The wear of devices with these `counts` (`State.wear`); None if they are not counted."""
    if counts is None:
        return None
    layer = max(range(len(counts)), key=lambda index: counts[index].max())
    device, row, column = (int(index) for index in np.unravel_index(
        counts[layer].argmax(), counts[layer].shape))
    devices, pulses = sum(part.size for part in counts), sum(int(part.sum()) for part in counts)
    endurance = config.device.endurance
    beyond = None if endurance is None else sum(
        int((part > endurance).sum()) for part in counts) / devices
    return Wear(devices=devices, pulses=pulses, mean=pulses / devices,
                most=int(counts[layer].max()), layer=layer + 1, row=row, column=column,
                device=device, endurance=endurance, beyond=beyond)
