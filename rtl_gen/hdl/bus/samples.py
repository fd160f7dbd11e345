"""Samples: from the words of a bus to the transfers that the engine takes."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value
from amaranth.lib import stream
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.formats import bus as bus_formats
from pulsetrain.formats import engine as formats
from pulsetrain.hdl.library.layout import layout
from pulsetrain.hdl.library.limits import is_below
from pulsetrain.spec import Config


class SampleWords(Component):
    """Unpacks `formats.bus.sample_beat` into `formats.sample_transfer`.

    A word of an event is one transfer. A word of raw values is one transfer, and takes one cycle,
    for each byte that counts; a byte that does not count takes a cycle only if one above it counts.
    A word in which no byte counts gives nothing, but if it is the last, it ends the sample.

    Timing: no latency, one transfer per cycle. A word is taken with the last of its transfers.

    Members:
        i: In(stream of `formats.bus.sample_beat`), samples.
        o: Out(stream of `formats.sample_transfer`), for the engine.
        error: Out(1), strobe: what was taken in this cycle is not as declared
            (`bus_map.INTERRUPTS`); an event with a wrong index or without some of its bytes was
            left out.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__({
            "i": In(stream.Signature(layout(bus_formats.sample_beat(config)))),
            "o": Out(stream.Signature(layout(formats.sample_transfer(config)))),
            "error": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        beat, sent = self.i.payload, self.o.payload
        raw = self._config.engine.input == "raw"
        wrong, ends, used = self._raw(m) if raw else self._event(m)
        no_label = ~is_below(beat.user.label, self._config.network.outputs)
        m.d.comb += [
            self.o.valid.eq(self.i.valid & used),
            self.i.ready.eq(ends & (self.o.ready | ~used)),
            sent.last.eq(beat.last & ends),
            sent.label.eq(beat.user.label),
            sent.train.eq(beat.user.train),
            self.error.eq(self.i.valid & self.i.ready & (wrong | (beat.last & no_label))),
        ]
        return m

    def _event(self, m: Module) -> tuple[Value, Value, Value]:
        """(the word is not as declared, it is done, it has a transfer)."""
        beat, config = self.i.payload, self._config
        form = bus_formats.sample_word(config)
        parts = {field.name: beat.data[field.offset:field.offset + field.format.bits]
                 for field in form.fields}
        keep = beat.keep[:form.size]
        exists = parts["index"] < config.network.inputs
        event = keep.all() & exists
        m.d.comb += [
            self.o.payload.index.eq(Mux(event, parts["index"], 0)),
            self.o.payload.value.eq(Mux(event, self._activation(parts["value"]), 0)),
        ]
        return keep.any() & ~event, Cat(1).any(), event | beat.last

    def _raw(self, m: Module) -> tuple[Value, Value, Value]:
        """The same for a word of raw values, of which one is looked at."""
        beat, size = self.i.payload, bus_formats.SAMPLE_BYTES
        place = Signal(range(size))
        kept = Array(beat.keep)[place]
        more = Array(beat.keep[number + 1:].any() for number in range(size))[place]
        values = Array(beat.data.word_select(number, 8) for number in range(size))
        m.d.comb += self.o.payload.value.eq(Mux(kept, self._activation(values[place]), 0))
        used = kept | (beat.last & ~more)
        with m.If(self.i.valid & (self.o.ready | ~used)):
            m.d.sync += place.eq(Mux(more, place + 1, 0))
        return Cat(0).any(), ~more, used

    def _activation(self, value: Value) -> Value:
        return value[bus_formats.PIXEL_BITS - self._config.numbers.activation_bits:]
