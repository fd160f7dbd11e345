"""Cycles: when the rows of a sample are issued; the sequencer's model.

A sample's cycle count is a pure function of the configuration and of its event counts.
"""

from dataclasses import dataclass

import numpy as np

from rtl_gen.spec import Config

from .activation import activate, derivative, groups_with
from .pulse import trits
from .trace import Trace

CLOSE_TO_FREE = 7
"""Cycles from the row that closes a group to the one that takes the first unit off the drain."""
CLOSE_TO_EVENT = 9
"""Cycles from the row that closes a group to the first that can read its first event."""
ROW_TO_DELTA = 7
"""Cycles from a row's issue to its delta in memory, without the stages of the adder tree."""
TREE_LEVELS_PER_STAGE = 2


@dataclass(frozen=True, kw_only=True)
class LayerEvents:
    """Event counts of one layer in one sample.

    `inputs`: non-zero inputs; `strong`: those above the row threshold; `visited`: lines that
    backward and update ideally visit, the bias line included; `units`: what each group's drain
    finds (units with a non-zero activation; in the output layer all units); `groups`: groups
    that backward and update visit; `pulses`: some trit is not zero.
    """

    inputs: int
    strong: int
    visited: int
    units: tuple[int, ...]
    groups: int
    pulses: bool


def settle_cycles(config: Config) -> int:
    """Cycles from the last row of an update to the first row that depends on it."""
    levels = (config.engine.lanes - 1).bit_length()
    return ROW_TO_DELTA + -(-levels // TREE_LEVELS_PER_STAGE)


def count_events(config: Config, trace: Trace) -> list[LayerEvents]:
    """The event counts of a sample, layer by layer."""
    counts = []
    lanes, full = config.engine.lanes, config.numbers.full
    for layer, x, z, delta in zip(config.layers, trace.x, trace.z, trace.delta, strict=True):
        strong = x > layer.row_threshold
        trit = trits(delta, layer.delta_threshold)
        pulses = bool(trit.any())
        visited = strong & pulses
        speaking = activate(z, layer, full) > 0
        if layer.is_output:
            speaking = np.ones_like(speaking)
        worth = trit
        if layer.number > 1:
            visited = visited | derivative(x, full)
            worth = delta
        counts.append(LayerEvents(
            inputs=int(np.count_nonzero(x)), strong=int(np.count_nonzero(strong)),
            visited=int(np.count_nonzero(visited)) + pulses,
            units=tuple(groups_with(speaking, lanes).tolist()),
            groups=int(np.count_nonzero(groups_with(worth != 0, lanes))), pulses=pulses))
    return counts


def ideal_cycles(events: list[LayerEvents]) -> int:
    """Ideal event cycles (SPEC section 3): one for every row that has to be read."""
    forward = sum((layer.inputs + 1) * len(layer.units) for layer in events)
    return forward + sum(layer.visited * layer.groups for layer in events)


def predicted_cycles(config: Config, events: list[LayerEvents]) -> int:
    """The cycles that the hardware takes, from the start of the sample to its result."""
    time = 1
    below: list[tuple[int, int]] = []  # (first cycle that can read its events, events) a group
    free = complete = 0
    for place, layer in enumerate(events):
        closing: list[tuple[int, int]] = []
        for group, units in enumerate(layer.units):
            if place == 0 or group > 0:
                time += layer.inputs
            else:
                for readable, count in below:
                    if count:
                        time = max(time, readable) + count
                time = max(time, complete)
            closed = max(time, free)
            free = closed + CLOSE_TO_FREE + max(1, units)
            complete = closed + CLOSE_TO_EVENT - 1 + max(1, units)
            closing.append((closed + CLOSE_TO_EVENT, units))
            time = closed + 1
        below = closing
    time = complete
    for place, layer in reversed(list(enumerate(events))):
        rows = layer.strong + 1 if place == 0 else layer.inputs + layer.pulses
        if rows * layer.groups == 0:
            break
        time += rows * layer.groups + settle_cycles(config)
    return time + 2


def cycles_of(config: Config, trace: Trace) -> tuple[int, int]:
    """(predicted, ideal) cycles of a sample."""
    events = count_events(config, trace)
    return predicted_cycles(config, events), ideal_cycles(events)
