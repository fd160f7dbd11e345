"""Wishbone B4: its cycles, classic or pipelined, as requests and answers."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import stream
from amaranth.lib.fifo import SyncFIFO
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.bus_map import ADDRESS_BITS, WORD_BYTES
from pulsetrain.formats import bus as bus_formats
from pulsetrain.hdl.library.layout import layout

from .access import WORD_ADDRESS_BITS

CLASSIC_PORTS = {
    "cyc": In(1), "stb": In(1), "we": In(1), "adr": In(ADDRESS_BITS), "sel": In(WORD_BYTES),
    "dat_w": In(32), "dat_r": Out(32), "ack": Out(1), "err": Out(1),
}
"""The signals of a Wishbone subordinate."""

PIPELINED_PORTS = {**CLASSIC_PORTS, "stall": Out(1)}

_WAITING = 2
"""Accesses that wait to be carried out."""


class Wishbone(Component):
    """Turns the cycles of Wishbone into accesses.

    A classic access takes three cycles. A pipelined one is taken in each cycle in which `stall` is
    low, and answered two cycles later at the earliest, in order. An access whose `cyc` ends before
    its answer is carried out, and its answer is dropped. The two lowest bits of an address are
    ignored. `ack` and `err` are low while `cyc` is low; no other output depends on an input of the
    same cycle.

    Members: `CLASSIC_PORTS` or `PIPELINED_PORTS`, and
        o: Out(stream of `formats.bus.access_request`), accesses.
        i: In(stream of `formats.bus.access_response`), their answers.
    """

    def __init__(self, *, pipelined: bool) -> None:
        self._pipelined = pipelined
        super().__init__({
            **(PIPELINED_PORTS if pipelined else CLASSIC_PORTS),
            "o": Out(stream.Signature(layout(bus_formats.access_request(WORD_ADDRESS_BITS)))),
            "i": In(stream.Signature(layout(bus_formats.access_response())))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        request = Signal(self.o.payload.shape())
        m.submodules.waiting = waiting = SyncFIFO(width=len(Value.cast(request)), depth=_WAITING)
        most = _WAITING + 2  # one more in work, and one more answered
        left = Signal(range(most + 1))
        dropped = Signal(range(most + 1))
        is_free = waiting.w_stream.ready & (left != most)
        if self._pipelined:
            m.d.comb += self.stall.eq(~is_free)
        else:  # the strobe stays high until the answer
            is_free &= left == 0
        taken = Signal()
        answered = self.i.valid
        m.d.comb += [
            request.write.eq(self.we),
            request.address.eq(self.adr[ADDRESS_BITS - WORD_ADDRESS_BITS:]),
            request.data.eq(self.dat_w),
            request.strobes.eq(self.sel),
            taken.eq(is_free & self.cyc & self.stb),
            waiting.w_stream.payload.eq(request),
            waiting.w_stream.valid.eq(taken),
            Value.cast(self.o.payload).eq(waiting.r_stream.payload),
            self.o.valid.eq(waiting.r_stream.valid),
            waiting.r_stream.ready.eq(self.o.ready),
            self.i.ready.eq(1),
            self.dat_r.eq(self.i.payload.data),
        ]
        still = left - answered
        m.d.sync += [
            left.eq(still + taken),
            dropped.eq(Mux(self.cyc, dropped - (answered & (dropped != 0)), still)),
        ]
        with m.If(answered & self.cyc & (dropped == 0)):
            m.d.comb += [self.ack.eq(~self.i.payload.error), self.err.eq(self.i.payload.error)]
        return m
