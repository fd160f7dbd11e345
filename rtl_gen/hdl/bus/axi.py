"""AXI4-Lite: its five channels, as requests and answers."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.bus_map import ADDRESS_BITS, WORD_BYTES
from pulsetrain.formats import bus as bus_formats
from pulsetrain.hdl.library.layout import layout

from .access import WORD_ADDRESS_BITS

OKAY, SLVERR = 0, 2

LITE_PORTS = {
    "awaddr": In(ADDRESS_BITS), "awprot": In(3), "awvalid": In(1), "awready": Out(1),
    "wdata": In(32), "wstrb": In(WORD_BYTES), "wvalid": In(1), "wready": Out(1),
    "bresp": Out(2), "bvalid": Out(1), "bready": In(1),
    "araddr": In(ADDRESS_BITS), "arprot": In(3), "arvalid": In(1), "arready": Out(1),
    "rdata": Out(32), "rresp": Out(2), "rvalid": Out(1), "rready": In(1),
}
"""The signals of an AXI4-Lite subordinate."""


class AxiLite(Component):
    """Turns reads and writes into accesses, one at a time; reads and writes take turns.

    The address of a write and its data come in any order. The two lowest bits of an address are
    ignored: `wstrb` says which bytes are written. No output depends on an input of the same cycle.

    Members: `LITE_PORTS`, and
        o: Out(stream of `formats.bus.access_request`), accesses.
        i: In(stream of `formats.bus.access_response`), their answers.
    """

    def __init__(self) -> None:
        super().__init__({
            **LITE_PORTS,
            "o": Out(stream.Signature(layout(bus_formats.access_request(WORD_ADDRESS_BITS)))),
            "i": In(stream.Signature(layout(bus_formats.access_response())))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        write_address, read_address = Signal(WORD_ADDRESS_BITS), Signal(WORD_ADDRESS_BITS)
        value, strobes = Signal(32), Signal(WORD_BYTES)
        to_write, has_data, to_read, writes = Signal(), Signal(), Signal(), Signal()
        low = ADDRESS_BITS - WORD_ADDRESS_BITS
        for valid, ready, held, contents in (
                (self.awvalid, self.awready, to_write, [(write_address, self.awaddr[low:])]),
                (self.wvalid, self.wready, has_data, [(value, self.wdata), (strobes, self.wstrb)]),
                (self.arvalid, self.arready, to_read, [(read_address, self.araddr[low:])])):
            m.d.comb += ready.eq(~held)
            with m.If(valid & ready):
                m.d.sync += [held.eq(1), *(register.eq(given) for register, given in contents)]
        m.d.comb += [
            self.o.payload.write.eq(writes),
            self.o.payload.address.eq(Mux(writes, write_address, read_address)),
            self.o.payload.data.eq(value),
            self.o.payload.strobes.eq(strobes),
        ]
        with m.If(self.bready):
            m.d.sync += self.bvalid.eq(0)
        with m.If(self.rready):
            m.d.sync += self.rvalid.eq(0)
        can_write, can_read = to_write & has_data & ~self.bvalid, to_read & ~self.rvalid
        with m.FSM():
            with m.State("CHOOSE"):
                m.d.sync += writes.eq(can_write & (~can_read | ~writes))
                with m.If(can_write | can_read):
                    m.next = "ASK"
            with m.State("ASK"):
                m.d.comb += self.o.valid.eq(1)
                with m.If(self.o.ready):
                    m.next = "ANSWER"
            with m.State("ANSWER"):
                answer = self.i.payload
                response = Mux(answer.error, SLVERR, OKAY)
                m.d.comb += self.i.ready.eq(1)
                with m.If(self.i.valid):
                    m.next = "CHOOSE"
                    with m.If(writes):
                        m.d.sync += [self.bvalid.eq(1), self.bresp.eq(response),
                                     to_write.eq(0), has_data.eq(0)]
                    with m.Else():
                        m.d.sync += [self.rvalid.eq(1), self.rresp.eq(response),
                                     self.rdata.eq(answer.data), to_read.eq(0)]
        return m
