"""Events: the non-zero activations of hidden units, listed layer by layer as they are drained."""

from amaranth.hdl import Module, Signal
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.hdl.library.arithmetic import by_layer
from pulsetrain.hdl.library.memory import separate_memory
from pulsetrain.spec import Config

from .activation import unit_layout
from .shapes import count_shape, event_layout, layer_shape


class HiddenEvents(Component):
    """The lists of input events of all layers but the first, kept until the next sample.

    Timing: a unit that is written is in `count` one cycle later, and can be read from then on;
    `event` is the entry at the `layer` and `position` of the previous cycle. `count` to `complete`
    describe the list of `layer` in the same cycle.

    Members:
        start: In(1), strobe: a new sample begins; all lists become empty.
        unit: In(unit_layout), drained unit.
        layer: In(layer_shape), the layer whose input events are read, from 0; the first layer has
            no list here.
        position: In(count_shape), index in its list.
        event: Out(event_layout), the event at that index.
        count: Out(count_shape), number of events in the list so far.
        some: Out(1), that number is not 0.
        grows: Out(1), an event is written into the list.
        some_above: Out(1), the list of the layer above has an event in the next cycle.
        complete: Out(1), the list gets no more events.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__({
            "start": In(1), "unit": In(unit_layout(config)),
            "layer": In(layer_shape(config)), "position": In(count_shape(config)),
            "event": Out(event_layout(config)),
            "count": Out(count_shape(config)), "some": Out(1), "grows": Out(1),
            "some_above": Out(1), "complete": Out(1)})

    @property
    def latency(self) -> int:
        """Cycles from a position to its event."""
        return self._config.design.stages.event

    def elaborate(self, platform: object) -> Module:
        m = Module()
        hidden = self._config.design.layers[:-1]
        if not hidden:
            return m
        starts = [sum(layer.outputs for layer in hidden[:place])
                  for place in range(len(hidden))]
        m.submodules.memory = memory = separate_memory(
            event_layout(self._config), self._config.design.memories.hidden_events)
        read, write = memory.read_port(), memory.write_port()
        counts = [Signal(count_shape(self._config), name=f"count_{layer.number}")
                  for layer in hidden]
        some = [Signal(name=f"some_{layer.number}") for layer in hidden]
        complete = [Signal(name=f"complete_{layer.number}") for layer in hidden]
        unit = self.unit
        m.d.comb += [
            write.addr.eq(by_layer(unit.layer, [
                start + count for start, count in zip(starts, counts, strict=True)])),
            write.data.index.eq(unit.index),
            write.data.value.eq(unit.y),
            write.en.eq(unit.valid),
            read.addr.eq(by_layer(self.layer, [0, *starts]) + self.position),
            read.en.eq(1),
            self.event.eq(read.data),
            self.count.eq(by_layer(self.layer, [0, *counts])),
            self.some.eq(by_layer(self.layer, [0, *some])),
            self.grows.eq(unit.valid & (unit.layer + 1 == self.layer)),
            self.some_above.eq(
                ~self.start & (by_layer(self.layer, [*some, 0])
                               | (unit.valid & (unit.layer == self.layer)))),
            self.complete.eq(by_layer(self.layer, [0, *complete])),
        ]
        for place in range(len(hidden)):
            with m.If(self.start):
                m.d.sync += [counts[place].eq(0), some[place].eq(0), complete[place].eq(0)]
            with m.Elif(unit.layer == place):
                m.d.sync += [
                    counts[place].eq(counts[place] + unit.valid),
                    some[place].eq(some[place] | unit.valid),
                    complete[place].eq(complete[place] | unit.complete),
                ]
        return m
