"""Registers: accesses to the engine's own registers, as requests and answers."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.formats import bus as bus_formats
from pulsetrain.hdl.engine.registers import RegisterBus
from pulsetrain.hdl.library.layout import layout
from pulsetrain.registers import address_bits
from pulsetrain.spec import Config


class RegisterAccess(Component):
    """Carries out one request after the other on the engine's register bus.

    Each request has one answer: the register's value; after a write, it has no meaning.

    Members:
        i: In(stream of `formats.bus.register_request`), requests.
        o: Out(stream of 32 bits), answers.
        bus: Out(RegisterBus), the engine's registers.
    """

    def __init__(self, config: Config) -> None:
        super().__init__({
            "i": In(stream.Signature(layout(bus_formats.register_request(address_bits(config))))),
            "o": Out(stream.Signature(32)), "bus": Out(RegisterBus(config))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        request, found = self.i.payload, Signal()
        m.d.comb += [
            self.bus.address.eq(request.address),
            self.bus.write.eq(request.write & self.i.valid & ~found),
            self.bus.write_data.eq(request.data),
            self.o.valid.eq(found),
            self.o.payload.eq(self.bus.read_data),
            self.i.ready.eq(self.bus.ready & ~found),
        ]
        with m.If(found):
            m.d.sync += found.eq(~self.o.ready)
        with m.Elif(self.i.valid & self.bus.ready):
            m.d.sync += found.eq(1)
        return m
