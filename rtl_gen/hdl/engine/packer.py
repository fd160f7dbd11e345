"""Packer: turns raw input values into events."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.spec import Config

from .loader import sample_layout
from .shapes import activation_shape


def raw_layout(config: Config) -> data.StructLayout:
    """One input value, in the order of the inputs; `last` with the sample's last one.

    `label` and `train` are taken with the last value.
    """
    return data.StructLayout({
        "value": activation_shape(config), "last": 1, "label": config.design.label_bits,
        "train": 1})


class Packer(Component):
    """Numbers the values of a sample, and passes on those that are not zero, and the last.

    Timing: one value per cycle, no latency. A value is taken when its event is taken; a value that
    is zero and not the last is taken at once.

    Members:
        i: In(stream of raw_layout), input values.
        o: Out(stream of sample_layout), events.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__({"i": In(stream.Signature(raw_layout(config))),
                          "o": Out(stream.Signature(sample_layout(config)))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        index = Signal(max(1, (self._config.network.inputs - 1).bit_length()))
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
