"""Loader: the next sample's events come in while the engine works on this one."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import data, stream
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.library.memory import separate_memory
from pulsetrain.spec import Config

from .shapes import activation_shape, count_shape, event_layout


def sample_layout(config: Config) -> data.StructLayout:
    """One transfer of the event stream.

    `index` and `value`: a non-zero input, its low bits dropped to an activation; value 0 says
    nothing and is skipped. `last`: ends the sample; `label` and `train` are taken with it.
    A sample has at least one transfer, and no input twice.
    """
    return data.StructLayout({
        "index": max(1, (config.network.inputs - 1).bit_length()),
        "value": activation_shape(config), "last": 1, "label": config.design.label_bits,
        "train": 1})


class Loader(Component):
    """Two banks of events: one is filled from the stream while the other is worked on.

    Strong events, whose row pulses (value > row_threshold), are stored from the bank's bottom
    up, weak ones from its top down: forward walks through both, the update through the strong
    ones alone.

    Timing: one transfer a cycle while a bank is free; it is stored one cycle later, and `ready`
    rises one cycle after the last one is; `event` is the entry at the `address` of the previous
    cycle.

    Members:
        i: In, stream of `sample_layout`.
        ready: Out, a whole sample is there; the following describe it. next_ready: Out, another
            one is behind it.
        strong, events: Out, numbers of its strong events, and of all.
        some_strong: Out, whether there is a strong one.
        label, train: Out; these five one cycle after `ready` rises.
        some_events: Out, the sample of the next cycle has an event, where one will be there.
        address: In, entry: strong ones at 0, 1, ..., weak ones at -1, -2, ...
        event: Out.
        release: In, strobe: the sample is done with.
        dropped: Out, strobe: the event of the previous cycle was refused, its index being no
            input or its bank full.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._address_bits = max(1, (config.network.inputs - 1).bit_length())
        super().__init__({
            "i": In(stream.Signature(sample_layout(config))),
            "ready": Out(1), "next_ready": Out(1), "strong": Out(count_shape(config)),
            "some_strong": Out(1), "events": Out(count_shape(config)), "some_events": Out(1),
            "label": Out(config.design.label_bits), "train": Out(1),
            "address": In(self._address_bits), "event": Out(event_layout(config)),
            "release": In(1), "dropped": Out(1)})

    @property
    def latency(self) -> int:
        """Cycles from an address to its event."""
        return self._config.design.stages.event

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        inputs, bits = config.network.inputs, self._address_bits
        m.submodules.memory = memory = separate_memory(
            event_layout(config), config.design.memories.input_events)
        read, write = memory.read_port(), memory.write_port()

        banks = [self._bank(place) for place in range(2)]
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
        speaks = delayed(m, arrives & (value != 0), 1, "speaks", control=True)
        is_strong = delayed(m, value > config.design.layers[0].row_threshold, 1, "is_strong")
        fits = delayed(m, index < inputs, 1, "is_input") & (events < inputs)
        stored = speaks & fits
        place = Signal(bits)
        m.d.comb += [
            self.i.ready.eq(~full[filling]),
            place.eq(Mux(is_strong, strong, ~weak)),
            write.addr.eq(Cat(place, into)),
            write.data.index.eq(payload.index),
            write.data.value.eq(payload.value),
            write.en.eq(stored),
            self.dropped.eq(speaks & ~fits),
            read.addr.eq(Cat(self.address, working)),
            read.en.eq(1),
            self.event.eq(read.data),
        ]
        # The sums do not wait for whether they count.
        new_strong = Mux(stored & is_strong, strong + 1, strong)
        new_events = Mux(stored, events + 1, events)
        new_some_strong = some_strong | (stored & is_strong)
        new_some_events = some_events | stored
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
                    bank["train"].eq(payload.train), bank["some_strong"].eq(new_some_strong),
                    bank["some_events"].eq(new_some_events)]
            with m.Elif(self.release & (working == number)):
                m.d.sync += bank["full"].eq(0)
        with m.If(self.release):
            m.d.sync += working.eq(~working)
        m.d.comb += [self.ready.eq(full[working]), self.next_ready.eq(full[~working])]
        # One cycle ahead, so that the choice of the bank is not in the way of what is compared.
        following = {name: Mux(working ^ self.release, banks[1][name], banks[0][name])
                     for name in ("strong", "some_strong", "events", "some_events", "label",
                                  "train")}
        m.d.comb += self.some_events.eq(following.pop("some_events"))
        for name, value in following.items():
            m.d.comb += getattr(self, name).eq(delayed(m, value, 1, f"working_{name}"))
        return m

    def _bank(self, number: int) -> dict[str, Signal]:
        count = count_shape(self._config)
        shapes = {"full": 1, "strong": count, "events": count,
                  "label": self._config.design.label_bits,
                  "train": 1, "some_strong": 1, "some_events": 1}
        return {name: Signal(shape, name=f"{name}_{number}") for name, shape in shapes.items()}
