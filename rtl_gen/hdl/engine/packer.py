"""Packer: turns raw input values into events."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.formats import engine as formats
from pulsetrain.hdl.library.layout import layout
from pulsetrain.spec import Config


class Packer(Component):
    """Numbers the values of a sample, and passes on the last one and all that are not zero.

    Timing: one value per cycle, no latency. A value is taken when its event is taken; a value that
    is zero and not the last is taken at once.

    Members:
        i: In(stream of `formats.raw_transfer`), input values.
        o: Out(stream of `formats.event_transfer`), events.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__({
            "i": In(stream.Signature(layout(formats.raw_transfer(config)))),
            "o": Out(stream.Signature(layout(formats.event_transfer(config))))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        index = Signal(self._config.design.input_bits)
        value, event = self.i.payload, self.o.payload
        skipped = (value.value == 0) & ~value.last
        m.d.comb += [
            self.o.valid.eq(self.i.valid & ~skipped),
            self.i.ready.eq(skipped | self.o.ready),
            event.index.eq(index),
            event.value.eq(value.value),
            event.last.eq(value.last),
            event.label.eq(value.label),
            event.train.eq(value.train),
        ]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += index.eq(index + 1)
            with m.If(value.last):
                m.d.sync += index.eq(0)
        return m
