"""Packer: turns raw input values into events."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.formats import engine as formats
from pulsetrain.hdl.library.layout import layout
from pulsetrain.spec import Config


class Packer(Component):
    """Numbers the values of a sample, and passes on the last one and all that are not zero.

    Values after that of the last input are refused; of them, the last of the sample passes on as a
    zero. Timing: one value per cycle, no latency. A value is taken when its event is taken; a value
    that is zero or refused, and not the last, is taken at once.

    Members:
        i: In(stream of `formats.raw_transfer`), input values.
        o: Out(stream of `formats.event_transfer`), events.
        dropped: Out(1), strobe: a value that is not zero is taken and refused.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__({
            "i": In(stream.Signature(layout(formats.raw_transfer(config)))),
            "o": Out(stream.Signature(layout(formats.event_transfer(config)))),
            "dropped": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        inputs = self._config.network.inputs
        index = Signal(range(inputs + 1))
        value, event = self.i.payload, self.o.payload
        past = index == inputs
        skipped = ((value.value == 0) | past) & ~value.last
        m.d.comb += [
            self.o.valid.eq(self.i.valid & ~skipped),
            self.i.ready.eq(skipped | self.o.ready),
            event.index.eq(index[:len(event.index)]),
            event.value.eq(Mux(past, 0, value.value)),
            self.dropped.eq(self.i.valid & self.i.ready & past & (value.value != 0)),
            event.last.eq(value.last),
            event.label.eq(value.label),
            event.train.eq(value.train),
        ]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += index.eq(index + ~past)
            with m.If(value.last):
                m.d.sync += index.eq(0)
        return m
