"""Inbox: stores the stream to the board; payload is kept only once its frame has proved whole."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.protocol import CREDIT_STEP, LEAST_WINDOWS, POSITION_BYTES

POSITION_BITS = 8 * POSITION_BYTES


class Inbox(Component):
    """A ring of `size` bytes, a power of two.

    Timing: bytes of payload arrive at least ten cycles apart, and the first at least ten cycles
    after its `position`. `keep` or `drop` follows the last byte after two cycles or more. A byte
    that is kept can be read two cycles later; one byte is read every three cycles.

    Members:
        position: In, `POSITION_BITS` (16) bits, of the frame's payload in the stream.
        valid: In, 1 bit, strobe: `byte` of the payload has arrived.
        byte: In, 8 bits.
        keep: In, 1 bit, strobe: the frame was whole. Its payload is kept if it is the next of the
            stream and there was room for it.
        drop: In, 1 bit, strobe: the frame was damaged; none of it is kept.
        received: Out, 16 bits, bytes kept so far.
        consumed: Out, 16 bits, bytes read so far.
        opened: Out, 1 bit, strobe: `consumed` has passed a multiple of `protocol.CREDIT_STEP`.
        o: Out, stream of 8 bits, the bytes kept.
    """

    def __init__(self, size: int = LEAST_WINDOWS.commands) -> None:
        self._size = size
        super().__init__({
            "position": In(POSITION_BITS), "valid": In(1), "byte": In(8), "keep": In(1),
            "drop": In(1), "received": Out(POSITION_BITS), "consumed": Out(POSITION_BITS),
            "opened": Out(1), "o": Out(stream.Signature(8))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.memory = memory = Memory(shape=8, depth=self._size, init=[])
        read, write = memory.read_port(), memory.write_port()
        end = Signal(POSITION_BITS)
        next_of_stream = Signal()
        full = Signal()
        overflowed = Signal()
        m.d.comb += [
            write.addr.eq(end[:len(write.addr)]),
            write.data.eq(self.byte),
            write.en.eq(self.valid & next_of_stream & ~full),
        ]
        m.d.sync += [
            next_of_stream.eq(self.position == self.received),
            full.eq(end == (self.consumed + self._size)[:POSITION_BITS]),
        ]
        with m.If(self.keep | self.drop):
            m.d.sync += [end.eq(self.received), overflowed.eq(0)]
            with m.If(self.keep & ~overflowed):
                m.d.sync += [self.received.eq(end), end.eq(end)]
        with m.Elif(write.en):
            m.d.sync += end.eq(end + 1)
        with m.Elif(self.valid & full):
            m.d.sync += overflowed.eq(1)

        fetched = Signal()
        m.d.comb += [
            read.addr.eq(self.consumed[:len(read.addr)]),
            read.en.eq(1),
            self.o.payload.eq(read.data),
        ]
        m.d.sync += [
            fetched.eq((self.consumed != self.received) & ~self.o.valid),
            self.opened.eq(0),
        ]
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += [
                self.o.valid.eq(0), self.consumed.eq(self.consumed + 1),
                self.opened.eq((self.consumed + 1)[:CREDIT_STEP.bit_length() - 1] == 0)]
        with m.Elif(fetched):
            m.d.sync += self.o.valid.eq(1)
        return m
