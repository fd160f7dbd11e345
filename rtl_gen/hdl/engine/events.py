"""Events: the non-zero activations of hidden units, listed layer by layer as they are drained."""

from amaranth.hdl import Module, Signal
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.hdl.library.arithmetic import by_layer
from pulsetrain.hdl.library.memory import separate_memory
from pulsetrain.spec import Config

from .activation import unit_layout
from .interfaces import EventsInterface
from .shapes import count_shape, event_layout


class HiddenEvents(Component):
    """The lists of input events of all layers but the first, kept until the next sample.

    Timing: a unit that is written is in `count` one cycle later, and can be read from then on;
    `event` is the entry at the `layer` and `position` of the previous cycle. `count` to `complete`
    describe the list of `layer` in the same cycle.

    Members:
        start: In(1), strobe: a new sample begins; all lists become empty.
        unit: In(unit_layout), drained unit.
        sequencer: In(EventsInterface), the list that is read.
        event: Out(event_layout), the event at `sequencer.position`.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__({
            "start": In(1), "unit": In(unit_layout(config)),
            "sequencer": In(EventsInterface(config)), "event": Out(event_layout(config))})

    @property
    def latency(self) -> int:
        """Cycles from a position to its event."""
        return self._config.design.stages.event

    def elaborate(self, platform: object) -> Module:
        m = Module()
        hidden = self._config.design.layers[:-1]
        if not hidden:
            return m
        starts = [sum(layer.outputs for layer in hidden[:index])
                  for index in range(len(hidden))]
        m.submodules.memory = memory = separate_memory(
            event_layout(self._config), self._config.design.memories.hidden_events)
        read, write = memory.read_port(), memory.write_port()
        counts = [Signal(count_shape(self._config), name=f"count_{layer.number}")
                  for layer in hidden]
        some = [Signal(name=f"some_{layer.number}") for layer in hidden]
        complete = [Signal(name=f"complete_{layer.number}") for layer in hidden]
        unit, sequencer = self.unit, self.sequencer
        m.d.comb += [
            write.addr.eq(by_layer(unit.layer, [
                start + count for start, count in zip(starts, counts, strict=True)])),
            write.data.index.eq(unit.index),
            write.data.value.eq(unit.y),
            write.en.eq(unit.valid),
            read.addr.eq(by_layer(sequencer.layer, [0, *starts]) + sequencer.position),
            read.en.eq(1),
            self.event.eq(read.data),
            sequencer.count.eq(by_layer(sequencer.layer, [0, *counts])),
            sequencer.some.eq(by_layer(sequencer.layer, [0, *some])),
            sequencer.grows.eq(unit.valid & (unit.layer + 1 == sequencer.layer)),
            sequencer.some_above.eq(
                ~self.start & (by_layer(sequencer.layer, [*some, 0])
                               | (unit.valid & (unit.layer == sequencer.layer)))),
            sequencer.complete.eq(by_layer(sequencer.layer, [0, *complete])),
        ]
        for index in range(len(hidden)):
            with m.If(self.start):
                m.d.sync += [counts[index].eq(0), some[index].eq(0), complete[index].eq(0)]
            with m.Elif(unit.layer == index):
                m.d.sync += [
                    counts[index].eq(counts[index] + unit.valid),
                    some[index].eq(some[index] | unit.valid),
                    complete[index].eq(complete[index] | unit.complete),
                ]
        return m
