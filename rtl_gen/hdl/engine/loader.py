"""Loader: takes in the next sample's events while the engine works on the current one."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import stream
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.formats import engine as formats
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.library.layout import layout
from pulsetrain.hdl.library.limits import is_below
from pulsetrain.hdl.library.memory import separate_memory
from pulsetrain.spec import Config

from .interfaces import LoaderInterface
from .shapes import count_shape, event_layout, input_address_shape


class Loader(Component):
    """Two banks of events: one is filled from the stream while the engine uses the other.

    Strong events, whose rows pulse (value > row_threshold), are stored from the lowest address of
    a bank upwards, weak events from the highest address downwards. Forward reads both, the update
    only the strong events. The events of a sample come in rising order of their inputs; others are
    refused, so that no input is there twice. A sample is not trained if no output has its label.

    Timing: one transfer per cycle while a bank is free. It is stored one cycle later, and `ready`
    rises one cycle after the last transfer is stored. `event` is the entry at the `address` of the
    previous cycle.

    Members:
        i: In(stream of `formats.event_transfer`), samples.
        sequencer: In(LoaderInterface), the buffered samples.
        label: Out(label_bits), of the current sample; valid one cycle after `ready` rises.
        event: Out(event_layout), the event at `sequencer.address`.
        dropped: Out(1), strobe: the event of the previous cycle was refused, because no input has
            its index, or its index is not above that of an event before it in the sample.
        refused: Out(1), strobe: the transfer of the previous cycle ended a sample that should be
            trained, but no output has its label.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__({
            "i": In(stream.Signature(layout(formats.event_transfer(config)))),
            "sequencer": In(LoaderInterface(config)),
            "label": Out(config.design.label_bits), "event": Out(event_layout(config)),
            "dropped": Out(1), "refused": Out(1)})

    @property
    def latency(self) -> int:
        """Cycles from an address to its event."""
        return self._config.design.stages.event

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        inputs, sequencer = config.network.inputs, self.sequencer
        m.submodules.memory = memory = separate_memory(
            event_layout(config), config.design.memories.input_events)
        read, write = memory.read_port(), memory.write_port()

        banks = [self._bank(number) for number in range(2)]
        full = Array(bank["full"] for bank in banks)
        filling = Signal()
        working = Signal()
        strong = Signal(count_shape(config), name="filled_strong")
        weak = Signal(count_shape(config), name="filled_weak")
        events = Signal(count_shape(config), name="filled_events")
        some_strong = Signal(name="filled_some_strong")
        some_events = Signal(name="filled_some_events")
        arrives = self.i.valid & self.i.ready
        value, index = self.i.payload.value, self.i.payload.index
        with m.If(arrives & self.i.payload.last):
            m.d.sync += filling.eq(~filling)

        taken = delayed(m, arrives, 1, "taken", control=True)
        payload = delayed(m, self.i.payload, 1, "transfer")
        into = delayed(m, filling, 1, "into")
        has_value = delayed(m, arrives & (value != 0), 1, "has_value", control=True)
        is_strong = delayed(m, value > config.design.layers[0].row_threshold, 1, "is_strong")
        # Compared a cycle earlier, with the highest index before the event of that cycle, and with
        # that of this event, which becomes the highest if it is stored.
        stored, highest = Signal(), Signal(index.shape(), reset_less=True)
        rises = Mux(delayed(m, stored, 1, "was_stored", control=True),
                    delayed(m, index > payload.index, 1, "above_last"),
                    delayed(m, index > highest, 1, "above_highest"))
        fits = delayed(m, index < inputs, 1, "is_input") & (~some_events | rises)
        is_label = is_below(payload.label, config.network.outputs)
        address = Signal(input_address_shape(config))
        m.d.comb += [
            stored.eq(has_value & fits),
            self.i.ready.eq(~full[filling]),
            address.eq(Mux(is_strong, strong, ~weak)),
            write.addr.eq(Cat(address, into)),
            write.data.index.eq(payload.index),
            write.data.value.eq(payload.value),
            write.en.eq(stored),
            self.dropped.eq(has_value & ~fits),
            self.refused.eq(taken & payload.last & payload.train & ~is_label),
            read.addr.eq(Cat(sequencer.address, working)),
            read.en.eq(1),
            self.event.eq(read.data),
        ]
        # Adding does not wait for the decision whether the event is stored.
        new_strong = Mux(stored & is_strong, strong + 1, strong)
        new_events = Mux(stored, events + 1, events)
        new_some_strong = some_strong | (stored & is_strong)
        new_some_events = some_events | stored
        with m.If(stored):
            m.d.sync += highest.eq(payload.index)
        with m.If(taken):
            m.d.sync += [strong.eq(new_strong), events.eq(new_events),
                         weak.eq(Mux(stored & ~is_strong, weak + 1, weak)),
                         some_strong.eq(new_some_strong), some_events.eq(new_some_events)]
            with m.If(payload.last):
                m.d.sync += [strong.eq(0), weak.eq(0), events.eq(0), some_strong.eq(0),
                             some_events.eq(0)]
        for number, bank in enumerate(banks):
            with m.If(taken & payload.last & (into == number)):
                m.d.sync += [
                    bank["full"].eq(1), bank["strong"].eq(new_strong),
                    bank["events"].eq(new_events), bank["label"].eq(payload.label),
                    bank["train"].eq(payload.train & is_label),
                    bank["some_strong"].eq(new_some_strong),
                    bank["some_events"].eq(new_some_events)]
            with m.Elif(sequencer.release & (working == number)):
                m.d.sync += bank["full"].eq(0)
        with m.If(sequencer.release):
            m.d.sync += working.eq(~working)
        m.d.comb += [sequencer.ready.eq(full[working]), sequencer.next_ready.eq(full[~working])]
        # Selected one cycle earlier, so that the selection is not on the path of the comparisons.
        following = {name: Mux(working ^ sequencer.release, banks[1][name], banks[0][name])
                     for name in ("strong", "some_strong", "events", "some_events", "label",
                                  "train")}
        m.d.comb += sequencer.some_events.eq(following.pop("some_events"))
        for name, value in following.items():
            output = self.label if name == "label" else getattr(sequencer, name)
            m.d.comb += output.eq(delayed(m, value, 1, f"working_{name}"))
        return m

    def _bank(self, number: int) -> dict[str, Signal]:
        count = count_shape(self._config)
        shapes = {"full": 1, "strong": count, "events": count,
                  "label": self._config.design.label_bits,
                  "train": 1, "some_strong": 1, "some_events": 1}
        return {name: Signal(shape, name=f"{name}_{number}") for name, shape in shapes.items()}
