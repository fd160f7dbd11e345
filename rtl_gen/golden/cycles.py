"""Cycles: how long the hardware works on a sample; the model of the sequencer.

The number of cycles of a sample is a pure function of the configuration and of the sample's event
counts. The latencies come from `config.design.stages`.
"""

from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from pulsetrain.spec import Config

from .activation import activate, derivative, groups_with
from .pulse import trits
from .trace import Trace


@dataclass(frozen=True, kw_only=True)
class LayerEvents:
    """Event counts of one layer in one sample.

    `inputs`: non-zero inputs. `strong`: those above the row threshold. `visited`: lines that
    backward and update ideally visit, the bias line included. `units`: for each group, the
    number of items drained, one per cycle: units with a non-zero activation, or in the output layer
    chunks of `design.output_units` outputs. `groups`: groups that backward and update visit.
    `pulses`: whether some trit is not zero.
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
            units = -(-sizes // config.design.output_units)
        needed = trit
        if layer.number > 1:
            visited = visited | derivative(x, full)
            needed = delta
        counts.append(LayerEvents(
            inputs=int(np.count_nonzero(x)), strong=int(np.count_nonzero(strong)),
            visited=int(np.count_nonzero(visited)) + pulses,
            units=tuple(units.tolist()),
            groups=int(np.count_nonzero(groups_with(needed != 0, lanes))), pulses=pulses))
    return counts


def ideal_cycles(config: Config, events: list[LayerEvents]) -> int:
    """Ideal event cycles (docs/reference/contract.md, section 18): one for every row that must be
    read, and with single-port memory one more for every row that must be written."""
    forward = sum((layer.inputs + 1) * len(layer.units) for layer in events)
    read = sum(layer.visited * layer.groups for layer in events)
    if not config.engine.single_port:
        return forward + read
    return forward + read + sum((layer.strong + 1) * layer.groups
                                for layer in events if layer.pulses)


def predicted_cycles(config: Config, events: list[LayerEvents]) -> int:
    """The cycles that the hardware takes, from the first that may issue a row to the result.

    They are the cycles of forward, until the errors of the last outputs are counted; of the
    updates, from the last layer to the first; and one cycle to retire.
    """
    stages = config.design.stages
    last_closed = forward_closes(config, events)[-1]
    errors_count = last_closed + stages.close_to_error + events[-1].units[-1] - 1
    return errors_count + 1 + all_updates_cycles(config, events) + stages.retire


def forward_closes(config: Config, events: list[LayerEvents]) -> list[int]:
    """The cycle, from 0, in which each group is closed: its last row, the bias line, is issued.

    Groups are in order through all layers. A group takes one cycle for each of its events and one
    for its bias line. It is closed only after the previous group has left the drain. The first
    group of a layer is closed only after the last of its events has been listed and read.
    """
    stages = config.design.stages
    closes: list[int] = []
    time = free = listed = 0
    for layer in events:
        first_group = len(closes)
        for group, units in enumerate(layer.units):
            earliest = max(time + layer.inputs, free)
            closed = earliest if group else max(earliest, listed)
            closes.append(closed)
            free = closed + stages.close_to_free + max(1, units)
            time = closed + 1
        listed = last_event_read(closes[first_group:], layer.units, stages.close_to_event)
    return closes


def last_event_read(closes: list[int], units: tuple[int, ...], close_to_event: int) -> int:
    """The first cycle in which all events of a layer can have been read: one per cycle, and none
    before it is listed.

    `closes` and `units` belong to the groups of the layer below. The events of one group are
    listed one per cycle, so only the first of them can cause a wait; the events of later groups are
    read after them.
    """
    from_this_group_on = [*accumulate(reversed(units))][::-1]
    return max(closed + close_to_event + count
               for closed, count in zip(closes, from_this_group_on, strict=True))


def all_updates_cycles(config: Config, events: list[LayerEvents]) -> int:
    """Cycles of all updates, from the last layer down; they end at a layer that has no row or no
    group to visit."""
    stages = config.design.stages
    cycles = 0
    for index in reversed(range(len(events))):
        layer = events[index]
        lines = layer.inputs + layer.pulses if index else layer.strong + 1
        rows = lines * layer.groups
        if not rows:
            break
        cycles += update_cycles(config, rows) + (stages.settle if index else stages.last_settle)
    return cycles


def update_cycles(config: Config, rows: int) -> int:
    """Cycles from the first of `rows` > 0 rows of an update to its last, both included.

    A single-port memory is read and written in turns: rows are read until the first of them is
    ready to be written, and then the same number of cycles is used for writes.
    """
    if not config.engine.single_port:
        return rows
    turn = config.design.stages.write_back
    return rows + (rows - 1) // turn * turn


def cycles_of(config: Config, trace: Trace) -> tuple[int, int]:
    """(predicted, ideal) cycles of a sample."""
    events = count_events(config, trace)
    return predicted_cycles(config, events), ideal_cycles(config, events)
