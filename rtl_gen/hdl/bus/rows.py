"""Rows: accesses to the engine's rows, as requests and answers."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.formats import engine as formats
from pulsetrain.hdl.engine.shapes import slice_layout
from pulsetrain.hdl.library.layout import layout
from pulsetrain.spec import Config


class RowAccess(Component):
    """Answers a write of a slice too, once it is done. One request is in work at a time.

    Members:
        i: In(stream of `formats.host_request`), requests.
        o: Out(stream of slice_layout), answers: the slice read; after a write, it has no meaning.
        o_host: Out(stream of `formats.host_request`), the engine's `i_host`.
        i_host: In(stream of slice_layout), the engine's `o_host`.
    """

    def __init__(self, config: Config) -> None:
        request = stream.Signature(layout(formats.host_request(config)))
        answer = stream.Signature(slice_layout(config))
        super().__init__({"i": In(request), "o": Out(answer), "o_host": Out(request),
                          "i_host": In(answer)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        written = Signal()
        m.d.comb += [
            self.o_host.payload.eq(self.i.payload),
            self.o_host.valid.eq(self.i.valid),
            self.i.ready.eq(self.o_host.ready),
            self.o.payload.eq(self.i_host.payload),
            self.o.valid.eq(self.i_host.valid | written),
            self.i_host.ready.eq(self.o.ready),
        ]
        with m.If(self.o.ready):
            m.d.sync += written.eq(0)
        with m.If(self.i.valid & self.i.ready & self.i.payload.write):
            m.d.sync += written.eq(1)
        return m
