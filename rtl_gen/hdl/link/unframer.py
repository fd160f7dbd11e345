"""Unframer: finds the frames of the host in whatever bytes the line delivers."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import enum
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.hdl.library.layout import layout
from pulsetrain.protocol import (
    CRC_BYTES,
    DELIMITER,
    ESCAPE,
    ESCAPE_FLIP,
    HOST_HEADER,
    KIND_HELLO,
    MAX_PAYLOAD,
    NO_SESSION,
)

from .crc import FrameCrc


class _Part(enum.Enum, shape=3):
    HEADER = 0
    PAYLOAD = 1
    CRC = 2
    END = 3
    BROKEN = 4


class Unframer(Component):
    """Checks the length, the CRC and the type of every frame.

    Timing: bytes arrive at least ten cycles apart. `payload_valid` follows two cycles after its
    byte, `good` or `bad` two cycles after a frame's last delimiter. `header` is complete from the
    first byte of payload until the byte after `good`.

    Members:
        valid: In, 1 bit, strobe: `byte` was received.
        byte: In, 8 bits.
        error: In, 1 bit, strobe: a byte was lost.
        header: Out, `protocol.HOST_HEADER`; not valid before `good`.
        payload_valid: Out, 1 bit, strobe: `payload` is the next byte of payload; it counts only if
            `good` follows.
        payload: Out, 8 bits.
        good: Out, 1 bit, strobe: a frame has ended; it is whole and of a defined type.
        bad: Out, 1 bit, strobe: something other than such a frame has ended.
    """

    latency = 2

    def __init__(self) -> None:
        super().__init__({
            "valid": In(1), "byte": In(8), "error": In(1),
            "header": Out(layout(HOST_HEADER)), "payload_valid": Out(1),
            "payload": Out(8), "good": Out(1), "bad": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.checksum = crc = FrameCrc()
        part = Signal(_Part)
        left = Signal(range(MAX_PAYLOAD + 1), init=HOST_HEADER.size)
        empty = Signal(init=1)
        escaped = Signal()
        delimits, escapes, taken, lost, byte = Signal(), Signal(), Signal(), Signal(), Signal(8)
        content = Mux(escaped, byte ^ ESCAPE_FLIP, byte)
        # Of a frame that ends, these are as they were a cycle before: bytes arrive more slowly.
        matches, defined, whole = Signal(), Signal(), Signal()
        m.d.sync += [
            byte.eq(self.byte),
            delimits.eq(self.valid & (self.byte == DELIMITER)),
            escapes.eq(self.valid & (self.byte == ESCAPE)),
            taken.eq(self.valid & (self.byte != DELIMITER) & (self.byte != ESCAPE)),
            lost.eq(self.error),
        ]
        m.d.comb += [
            crc.start.eq(delimits),
            crc.valid.eq(taken),
            crc.byte.eq(content),
            whole.eq((part == _Part.END) & matches & ~escaped & defined),
        ]
        m.d.sync += [
            matches.eq(crc.match),
            defined.eq((self.header.kind < KIND_HELLO)
                       | ((self.header.kind == KIND_HELLO)
                          & (self.header.session != NO_SESSION))),
            self.good.eq(delimits & whole),
            self.bad.eq(delimits & ~whole & ~empty),
            self.payload_valid.eq(taken & (part == _Part.PAYLOAD)),
            self.payload.eq(content),
        ]
        with m.If(delimits | escapes | taken | lost):
            m.d.sync += [empty.eq(delimits), escaped.eq(escapes)]
        with m.If(lost):
            m.d.sync += part.eq(_Part.BROKEN)
        with m.Elif(delimits):
            m.d.sync += [part.eq(_Part.HEADER), left.eq(HOST_HEADER.size)]
        with m.Elif(escapes & escaped):
            m.d.sync += part.eq(_Part.BROKEN)
        with m.Elif(taken):
            m.d.sync += left.eq(left - 1)
            with m.Switch(part):
                with m.Case(_Part.HEADER):
                    header = self.header.as_value()
                    m.d.sync += header.eq(Cat(header[8:], content))
                    with m.If(left == 1):
                        m.d.sync += [
                            part.eq(Mux(content == 0, _Part.CRC, _Part.PAYLOAD)),
                            left.eq(Mux(content == 0, CRC_BYTES, content))]
                with m.Case(_Part.PAYLOAD):
                    with m.If(left == 1):
                        m.d.sync += [part.eq(_Part.CRC), left.eq(CRC_BYTES)]
                with m.Case(_Part.CRC):
                    with m.If(left == 1):
                        m.d.sync += part.eq(_Part.END)
                with m.Case(_Part.END):
                    m.d.sync += part.eq(_Part.BROKEN)
        return m
