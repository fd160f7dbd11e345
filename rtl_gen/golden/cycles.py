"""Cycles: when the rows of a sample are issued; the sequencer's model.

A sample's cycle count is a pure function of the configuration and of its event counts.
"""

from dataclasses import dataclass

import numpy as np

from pulsetrain.spec import Config

from .activation import activate, derivative, groups_with
from .pulse import trits
from .trace import Trace

TREE_LEVELS_PER_STAGE = 2
COUNT_LEVELS_PER_STAGE = 3
STATES_CYCLES = 5
"""Cycles from a row's issue to its states: its event, its address, and through the memory."""
READ_CYCLES = 2
"""Of these, cycles until the memory has the address."""


def product_cycles(config: Config) -> int:
    """Cycles from a row's states to its products: weight and product, after a look-up of the
    conductances where they are tabulated."""
    return 3 if config.design.tabulated else 2


def refresh_cycles(config: Config) -> int:
    """Cycles from a pulsed pair to its refreshed states: none where they are arithmetic, in
    tables conductances, their difference, and the state nearest to it."""
    return 3 if config.design.tabulated else 0


def pulse_cycles(config: Config) -> int:
    """Cycles from a row's states to those written back: trits, pulse, refresh."""
    refreshes = config.update.method == "unidirectional"
    return 3 + (refresh_cycles(config) if refreshes else 0)


def count_cycles(config: Config) -> int:
    """Cycles from the refreshed pairs of a row to their number."""
    return max(1, stages(config.engine.lanes, COUNT_LEVELS_PER_STAGE))


def write_back_cycles(config: Config) -> int:
    """Cycles from the read of a row to the write of its new states."""
    return STATES_CYCLES - READ_CYCLES + pulse_cycles(config)


def row_cycles(config: Config) -> int:
    """Cycles from a row's issue to its products."""
    return STATES_CYCLES + product_cycles(config)


def tree_cycles(config: Config) -> int:
    """Cycles from the products of a line's last row to its delta: the adder tree, the sum over
    groups, shift and saturation."""
    return stages(config.engine.lanes, TREE_LEVELS_PER_STAGE) + 2


def output_units(config: Config) -> int:
    """Output units that are drained in one cycle: eight circuits for errors, or fewer beside few
    lanes."""
    return min(8, max(1, config.engine.lanes // 4))


def close_to_free(config: Config) -> int:
    """Cycles from the row that closes a group to the one that takes the first unit off the
    drain."""
    return row_cycles(config) + 3


def close_to_event(config: Config) -> int:
    """Cycles from the row that closes a group to the first that can read its first event."""
    return row_cycles(config) + 6


def close_to_error(config: Config) -> int:
    """Cycles from the row that closes the last group to the one in which the errors of the first
    outputs count."""
    return row_cycles(config) + 7


def settle_cycles(config: Config) -> int:
    """Cycles from the last row of an update to the first of the next layer, which depends on its
    deltas, or to the sample's retirement."""
    return max(row_cycles(config) + tree_cycles(config) + 2, last_settle_cycles(config))


def last_settle_cycles(config: Config) -> int:
    """Cycles from the last row of all to the sample's retirement, so that the next sample and the
    host find all states written and all refreshes counted."""
    return STATES_CYCLES + pulse_cycles(config) + count_cycles(config)


def stages(terms: int, levels_per_stage: int) -> int:
    """Register stages of a tree over `terms`."""
    levels = (terms - 1).bit_length()
    return -(-levels // levels_per_stage)


@dataclass(frozen=True, kw_only=True)
class LayerEvents:
    """Event counts of one layer in one sample.

    `inputs`: non-zero inputs; `strong`: those above the row threshold; `visited`: lines that
    backward and update ideally visit, the bias line included; `units`: what each group's drain
    takes one a cycle (units with a non-zero activation; in the output layer `output_units` at
    once); `groups`: groups that backward and update visit; `pulses`: some trit is not zero.
    """

    inputs: int
    strong: int
    visited: int
    units: tuple[int, ...]
    groups: int
    pulses: bool


def count_events(config: Config, trace: Trace) -> list[LayerEvents]:
    """The event counts of a sample, layer by layer."""
    counts = []
    lanes, full = config.engine.lanes, config.numbers.full
    for layer, x, z, delta in zip(config.design.layers, trace.x, trace.z, trace.delta, strict=True):
        strong = x > layer.row_threshold
        trit = trits(delta, layer.delta_threshold)
        pulses = bool(trit.any())
        visited = strong & pulses
        units = groups_with(activate(z, layer, full) > 0, lanes)
        if layer.is_output:
            sizes = groups_with(np.ones(layer.outputs, bool), lanes)
            units = -(-sizes // output_units(config))
        worth = trit
        if layer.number > 1:
            visited = visited | derivative(x, full)
            worth = delta
        counts.append(LayerEvents(
            inputs=int(np.count_nonzero(x)), strong=int(np.count_nonzero(strong)),
            visited=int(np.count_nonzero(visited)) + pulses,
            units=tuple(units.tolist()),
            groups=int(np.count_nonzero(groups_with(worth != 0, lanes))), pulses=pulses))
    return counts


def ideal_cycles(config: Config, events: list[LayerEvents]) -> int:
    """Ideal event cycles (SPEC section 3): one for every row that has to be read, and where memory
    has a single port, one more for every row that has to be written."""
    forward = sum((layer.inputs + 1) * len(layer.units) for layer in events)
    read = sum(layer.visited * layer.groups for layer in events)
    if not config.engine.single_port:
        return forward + read
    return forward + read + sum((layer.strong + 1) * layer.groups
                                for layer in events if layer.pulses)


def update_cycles(config: Config, rows: int) -> int:
    """Cycles from the first of `rows` > 0 rows of an update to its last, both included.

    A memory with a single port is read and written in turns: as many rows as are on their way
    when the first of them is written, and then as many cycles for these.
    """
    if not config.engine.single_port:
        return rows
    turn = write_back_cycles(config)
    return rows + (rows - 1) // turn * turn


def predicted_cycles(config: Config, events: list[LayerEvents]) -> int:
    """The cycles that the hardware takes, from the first that may issue a row to the result."""
    time = 0
    below: list[tuple[int, int]] = []  # (first cycle that can read its events, events) a group
    free = complete = 0
    to_free, to_event = close_to_free(config), close_to_event(config)
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
            free = closed + to_free + max(1, units)
            complete = closed + to_event - 1 + max(1, units)
            closing.append((closed + to_event, units))
            time = closed + 1
        below = closing
    time = closed + close_to_error(config) - 1 + events[-1].units[-1]
    for place, layer in reversed(list(enumerate(events))):
        rows = layer.strong + 1 if place == 0 else layer.inputs + layer.pulses
        if rows * layer.groups == 0:
            break
        settle = settle_cycles(config) if place else last_settle_cycles(config)
        time += update_cycles(config, rows * layer.groups) + settle
    return time + 2


def cycles_of(config: Config, trace: Trace) -> tuple[int, int]:
    """(predicted, ideal) cycles of a sample."""
    events = count_events(config, trace)
    return predicted_cycles(config, events), ideal_cycles(config, events)
