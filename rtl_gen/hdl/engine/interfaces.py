"""Interfaces: the signals between blocks of the engine, as signatures that `connect` can join."""

from amaranth.lib.wiring import In, Out, Signature

from pulsetrain.spec import Config

from .shapes import (
    address_shape,
    count_shape,
    group_shape,
    input_address_shape,
    layer_shape,
    listed_shape,
    row_layout,
    written_shape,
)


class LoaderInterface(Signature):
    """The buffered samples, as the sequencer sees them.

    Members:
        ready: In(1), a complete sample is buffered: the current one.
        next_ready: In(1), another complete sample is buffered behind it.
        strong: In(count_shape), number of strong events; valid one cycle after `ready` rises.
        some_strong: In(1), that number is not 0; valid one cycle after `ready` rises.
        events: In(count_shape), number of all events; valid one cycle after `ready` rises.
        train: In(1), the sample is trained on; valid one cycle after `ready` rises.
        some_events: In(1), the sample that is present in the next cycle, if any, has an event.
        address: Out(input_address_shape), of an event: strong events are at 0, 1, ..., weak events
            at -1, -2, ...
        release: Out(1), strobe: the engine has finished with the current sample.
    """

    def __init__(self, config: Config) -> None:
        count = count_shape(config)
        super().__init__({
            "ready": In(1), "next_ready": In(1), "strong": In(count), "some_strong": In(1),
            "events": In(count), "train": In(1), "some_events": In(1),
            "address": Out(input_address_shape(config)), "release": Out(1)})


class EventsInterface(Signature):
    """The events of hidden layers, as the sequencer sees them.

    `count` to `complete` describe the list of `layer` in the same cycle.

    Members:
        layer: Out(layer_shape), the layer whose input events are read, from 0; the first layer has
            no list here.
        position: Out(count_shape), index in its list.
        count: In(count_shape), number of events in the list so far.
        some: In(1), that number is not 0.
        grows: In(1), an event is written into the list.
        some_above: In(1), the list of the layer above has an event in the next cycle.
        complete: In(1), the list gets no more events.
    """

    def __init__(self, config: Config) -> None:
        count = count_shape(config)
        super().__init__({
            "layer": Out(layer_shape(config)), "position": Out(count), "count": In(count),
            "some": In(1), "grows": In(1), "some_above": In(1), "complete": In(1)})


class DeltaInterface(Signature):
    """The groups that an update visits, as the sequencer sees them (see `delta.DeltaMemory`).

    Members:
        some_groups: In(1), the written layer has a group in its list.
        some_trits: In(1), the written layer has a trit that is not zero.
        advance: Out(1), strobe: the written layer becomes the one that is read.
        layer: Out(layer_shape), the layer that is read, from 0.
        visit: Out(group_shape), index in its list.
        groups: In(listed_shape), number of groups in the list of the layer that is read.
        single: In(1), that number is 1.
        pulses: In(1), a trit of the layer that is read is not zero.
    """

    def __init__(self, config: Config) -> None:
        super().__init__({
            "some_groups": In(1), "some_trits": In(1), "advance": Out(1),
            "layer": Out(layer_shape(config)), "visit": Out(group_shape(config)),
            "groups": In(listed_shape(config)), "single": In(1), "pulses": In(1)})


class MemoryInterface(Signature):
    """The ports of any type of synapse memory, as the memory sees them.

    Members:
        read_address: In(address_shape), row to read.
        row: Out(row_layout), the row read, `latency` cycles of the memory later.
        write: In(written_shape), strobes: write these slices of `write_row` at `write_address`.
        write_address: In(address_shape), row to write.
        write_row: In(row_layout), its new contents.
    """

    def __init__(self, config: Config) -> None:
        row, address = row_layout(config), address_shape(config)
        super().__init__({
            "read_address": In(address), "row": Out(row),
            "write": In(written_shape(config)), "write_address": In(address), "write_row": In(row)})
