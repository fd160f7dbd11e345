"""Framer: the stream to the host, kept until it is acknowledged, in frames."""

from amaranth.hdl import Cat, Module, Mux, Signal, ValueLike
from amaranth.lib import enum, stream
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.protocol import (
    BOARD_HEADER,
    CRC_BYTES,
    DELIMITER,
    ESCAPE,
    ESCAPE_FLIP,
    MAX_PAYLOAD,
    PROTOCOL,
    REFUSALS,
    TRANSMIT_BYTES,
    size,
)

from .crc import FrameCrc
from .inbox import POSITION_BITS
from .unframer import header_layout


class _Part(enum.Enum, shape=3):
    REST = 0
    BEGIN = 1
    HEADER = 2
    PAYLOAD = 3
    CRC = 4
    END = 5


class Framer(Component):
    """A ring of `link.TRANSMIT_BYTES` bytes, and the frames that carry it.

    A frame goes out when there is a byte that has not been sent, and when `reply` asked for one.
    Timing: a byte is taken every cycle while there is room; a frame begins within eight cycles.

    Members:
        i: In, stream of the bytes to send.
        reply: In, strobe: the host wants to hear, if only a header.
        resend: In, strobe: from the next frame on, send again what is not acknowledged.
        acknowledge: In, strobe: the host has `acknowledged`; never in two cycles on end.
        acknowledged: In, bytes of the stream; obeyed if they have been taken from `i`, and more
            than before.
        session, received, consumed, rejected, refused, refusal: In, what a header says.
        o: Out, stream of bytes for the line.
    """

    def __init__(self) -> None:
        super().__init__({
            "i": In(stream.Signature(8)), "reply": In(1), "resend": In(1), "acknowledge": In(1),
            "acknowledged": In(POSITION_BITS), "session": In(8), "received": In(POSITION_BITS),
            "consumed": In(POSITION_BITS), "rejected": In(8), "refused": In(8),
            "refusal": In(range(len(REFUSALS) + 1)), "o": Out(stream.Signature(8))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.memory = memory = Memory(shape=8, depth=TRANSMIT_BYTES, init=[])
        read, write = memory.read_port(), memory.write_port()
        end, sent, oldest = (Signal(POSITION_BITS, name=name)
                             for name in ("end", "sent", "oldest"))
        full = Signal()
        m.d.comb += [
            self.i.ready.eq(~full),
            write.addr.eq(end[:len(write.addr)]),
            write.data.eq(self.i.payload),
            write.en.eq(self.i.valid & self.i.ready),
            read.addr.eq(sent[:len(read.addr)]),
            read.en.eq(1),
        ]
        # For the clock's sake `full` is two cycles old: two bytes more can have come by then. An
        # acknowledgement is judged a cycle late.
        held, news = Signal(POSITION_BITS), Signal(POSITION_BITS)
        acknowledges, self._resends = Signal(), Signal()
        m.d.sync += [
            full.eq(held >= TRANSMIT_BYTES - 2),
            end.eq(end + write.en),
            held.eq(end - oldest),
            news.eq(self.acknowledged - oldest),
            acknowledges.eq(self.acknowledge),
            self._resends.eq(self.resend),
        ]
        with m.If(acknowledges & (news <= held)):
            m.d.sync += oldest.eq(oldest + news)
        self._send(m, end, sent, oldest, read.data)
        return m

    def _send(self, m: Module, end: Signal, sent: Signal, oldest: Signal,
              stored: ValueLike) -> None:
        """`part` and `left` are of the byte that is loaded next; `stored` is that at `sent`."""
        m.submodules.checksum = crc = FrameCrc()
        part, left = Signal(_Part), Signal(range(MAX_PAYLOAD + 1))
        header = Signal(header_layout(BOARD_HEADER))
        byte, loaded, raw, escaped = Signal(8), Signal(), Signal(), Signal()
        content = Signal(8)
        load = ~loaded & ~crc.busy & (part != _Part.REST)
        special = ~raw & ~escaped & ((byte == DELIMITER) | (byte == ESCAPE))
        with m.Switch(part):
            with m.Case(_Part.HEADER):
                m.d.comb += content.eq(header.as_value()[:8])
            with m.Case(_Part.PAYLOAD):
                m.d.comb += content.eq(stored)
            with m.Case(_Part.CRC):
                m.d.comb += content.eq(crc.word.word_select((-left)[:2], 8))
            with m.Default():
                m.d.comb += content.eq(DELIMITER)
        m.d.comb += [
            self.o.valid.eq(loaded),
            self.o.payload.eq(Mux(special, ESCAPE, Mux(escaped, byte ^ ESCAPE_FLIP, byte))),
            crc.start.eq(load & (part == _Part.BEGIN)),
            crc.valid.eq(load & ((part == _Part.HEADER) | (part == _Part.PAYLOAD))),
            crc.byte.eq(content),
        ]
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += [escaped.eq(special), loaded.eq(special)]
        with m.If(load):
            m.d.sync += [
                byte.eq(content), loaded.eq(1), left.eq(left - 1),
                raw.eq((part == _Part.BEGIN) | (part == _Part.END))]

        waiting, length = Signal(POSITION_BITS), Signal(8)
        settled, wanted, behind, begins = Signal(3), Signal(), Signal(), Signal()
        bare = Signal()
        m.d.sync += [
            waiting.eq(end - sent),
            length.eq(Mux(waiting > MAX_PAYLOAD, MAX_PAYLOAD, waiting)),
            settled.eq(0),
            begins.eq(settled.all() & ~behind & (wanted | (length != 0))),
        ]
        with m.Switch(part):
            with m.Case(_Part.REST):
                m.d.sync += settled.eq(Cat(1, settled))
                with m.If(behind):
                    m.d.sync += [sent.eq(oldest), behind.eq(0), wanted.eq(1), settled.eq(0)]
                with m.Elif(begins):
                    m.d.sync += [
                        part.eq(_Part.BEGIN), wanted.eq(0), bare.eq(length == 0),
                        header.protocol.eq(PROTOCOL),
                        header.session.eq(self.session), header.position.eq(sent),
                        header.acknowledged.eq(self.received), header.consumed.eq(self.consumed),
                        header.rejected.eq(self.rejected), header.refused.eq(self.refused),
                        header.refusal.eq(self.refusal), header.length.eq(length)]
            with m.Case(_Part.BEGIN):
                with m.If(load):
                    m.d.sync += [part.eq(_Part.HEADER), left.eq(size(BOARD_HEADER))]
            with m.Case(_Part.HEADER):
                with m.If(load):
                    m.d.sync += header.eq(header.as_value() >> 8)
                    with m.If(left == 1):
                        m.d.sync += [
                            part.eq(Mux(bare, _Part.CRC, _Part.PAYLOAD)),
                            left.eq(Mux(bare, CRC_BYTES, content))]
            with m.Case(_Part.PAYLOAD):
                with m.If(load):
                    m.d.sync += sent.eq(sent + 1)
                    with m.If(left == 1):
                        m.d.sync += [part.eq(_Part.CRC), left.eq(CRC_BYTES)]
            with m.Case(_Part.CRC):
                with m.If(load & (left == 1)):
                    m.d.sync += part.eq(_Part.END)
            with m.Case(_Part.END):
                with m.If(load):
                    m.d.sync += part.eq(_Part.REST)
        with m.If(self.reply):
            m.d.sync += wanted.eq(1)
        with m.If(self._resends):
            m.d.sync += behind.eq(1)
