"""Framer: sends the stream to the host in frames, and keeps it until it is acknowledged."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, ValueLike
from amaranth.lib import enum, stream
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.hdl.library.delay import delayed
from pulsetrain.protocol import (
    BOARD_HEADER,
    CRC_BYTES,
    DELIMITER,
    ESCAPE,
    ESCAPE_FLIP,
    LEAST_WINDOWS,
    MAX_PAYLOAD,
    PROTOCOL,
    REFUSALS,
)

from .crc import FrameCrc
from .inbox import POSITION_BITS


class _Part(enum.Enum, shape=3):
    REST = 0
    BEGIN = 1
    HEADER = 2
    PAYLOAD = 3
    CRC = 4
    END = 5


class _Ring:
    """Positions in the stream: the `end` of the bytes taken, the next byte to be `sent`, and the
    `oldest` byte that is not acknowledged."""

    def __init__(self) -> None:
        self.end, self.sent, self.oldest = (Signal(POSITION_BITS, name=name)
                                            for name in ("end", "sent", "oldest"))


class _Frame:
    """The frame that is sent; `load` is high in the cycle in which its next byte, `content`, is
    loaded for the line. Both are registers, so a byte takes three cycles at least.

    That byte belongs to `part`, which has `left` bytes to come. The payload has `length` bytes; a
    `bare` frame has none. The header is taken from its fields byte by byte: when the lower byte of
    one is loaded, the one `above` it in the content is kept as `upper`, so that both are of one
    moment.
    """

    def __init__(self) -> None:
        self.part = Signal(_Part)
        self.left = Signal(range(MAX_PAYLOAD + 1))
        self.is_last = Signal()  # one byte is left
        self.length = Signal(8)
        self.upper = Signal(8)
        self.bare = Signal()
        self.content = Signal(8)
        self.above = Signal(8)
        self.load = Signal()

    def enter(self, part: ValueLike, left: ValueLike) -> list:
        """The assignments that make `part`, of `left` bytes, the next."""
        return [self.part.eq(part), self.left.eq(left)]


class _Schedule:
    """When a frame begins: `begins`, with `length` bytes of payload.

    A frame is `wanted` if one must be sent even without payload. If the framer is `behind`, it
    first goes back to the oldest byte. `settled` counts the cycles after which `length` and
    `begins` are valid.
    """

    def __init__(self) -> None:
        self.length = Signal(8)
        self.settled = Signal(3)
        self.wanted = Signal()
        self.behind = Signal()
        self.begins = Signal()


class Framer(Component):
    """A ring of `size` bytes, a power of two, and the frames that carry it.

    A frame is sent when a byte has not been sent yet, and when `reply` asks for one. Timing:
    a byte is taken every cycle while there is room; a frame begins within eight cycles.

    Members:
        i: In, stream of 8 bits, the bytes to send.
        reply: In, 1 bit, strobe: a frame must be sent, even if it is only a header.
        resend: In, 1 bit, strobe: from the next frame on, resend what is not acknowledged.
        acknowledge: In, 1 bit, strobe: `acknowledged` is new; never in two consecutive cycles.
        acknowledged: In, `POSITION_BITS` (16) bits, bytes of the stream that have arrived; ignored
            unless they were taken from `i` and are more than before.
        session: In, 8 bits, the session of the header.
        received: In, 16 bits, `acknowledged` of the header.
        consumed: In, 16 bits, `consumed` of the header.
        rejected: In, 8 bits, `rejected` of the header.
        refused: In, 8 bits, `refused` of the header.
        refusal: In, 3 bits (0..`len(REFUSALS)`), `refusal` of the header.
        o: Out, stream of 8 bits, the bytes for the line.
    """

    def __init__(self, size: int = LEAST_WINDOWS.answers) -> None:
        self._size = size
        super().__init__({
            "i": In(stream.Signature(8)), "reply": In(1), "resend": In(1), "acknowledge": In(1),
            "acknowledged": In(POSITION_BITS), "session": In(8), "received": In(POSITION_BITS),
            "consumed": In(POSITION_BITS), "rejected": In(8), "refused": In(8),
            "refusal": In(range(len(REFUSALS) + 1)), "o": Out(stream.Signature(8))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        ring, frame, schedule = _Ring(), _Frame(), _Schedule()
        stored, resends = self._store(m, ring)
        self._send_bytes(m, ring, frame, stored)
        self._plan(m, ring, schedule)
        with m.Switch(frame.part):
            with m.Case(_Part.REST):
                self._rest(m, ring, frame, schedule)
            with m.Case(_Part.BEGIN):
                with m.If(frame.load):
                    m.d.sync += frame.enter(_Part.HEADER, BOARD_HEADER.size)
            with m.Case(_Part.HEADER):
                with m.If(frame.load):
                    self._next_of_header(m, frame)
            with m.Case(_Part.PAYLOAD):
                with m.If(frame.load):
                    m.d.sync += ring.sent.eq(ring.sent + 1)
                    with m.If(frame.is_last):
                        m.d.sync += frame.enter(_Part.CRC, CRC_BYTES)
            with m.Case(_Part.CRC):
                with m.If(frame.load & frame.is_last):
                    m.d.sync += frame.part.eq(_Part.END)
            with m.Case(_Part.END):
                with m.If(frame.load):
                    m.d.sync += frame.part.eq(_Part.REST)
        with m.If(self.reply):
            m.d.sync += schedule.wanted.eq(1)
        with m.If(resends):
            m.d.sync += schedule.behind.eq(1)
        return m

    def _store(self, m: Module, ring: _Ring) -> tuple[Value, Value]:
        """Take bytes into the ring, and free those acknowledged.

        Returns the byte at `ring.sent` two cycles ago, and `resend` delayed by one cycle like
        `acknowledge`.
        """
        m.submodules.memory = memory = Memory(shape=8, depth=self._size, init=[])
        read, write = memory.read_port(), memory.write_port()
        full = Signal()
        m.d.comb += [
            self.i.ready.eq(~full),
            write.addr.eq(ring.end[:len(write.addr)]),
            write.data.eq(self.i.payload),
            write.en.eq(self.i.valid & self.i.ready),
            read.addr.eq(ring.sent[:len(read.addr)]),
            read.en.eq(1),
        ]
        # To meet timing, `full` is two cycles old, so two more bytes can arrive. For the same
        # reason an acknowledgement is checked one cycle late.
        held = Signal(POSITION_BITS)
        news = Signal(POSITION_BITS)
        acknowledges = Signal()
        resends = Signal()
        m.d.sync += [
            full.eq(held >= self._size - 2),
            ring.end.eq(ring.end + write.en),
            held.eq(ring.end - ring.oldest),
            news.eq(self.acknowledged - ring.oldest),
            acknowledges.eq(self.acknowledge),
            resends.eq(self.resend),
        ]
        with m.If(acknowledges & (news <= held)):
            m.d.sync += ring.oldest.eq(ring.oldest + news)
        return delayed(m, read.data, 1, "stored"), resends

    def _send_bytes(self, m: Module, ring: _Ring, frame: _Frame, stored: Value) -> None:
        """Load the frame's bytes one by one, and offer them to the line, escaped where needed.

        `stored` is the next byte of payload. Only delimiters are not escaped.
        """
        m.submodules.checksum = crc = FrameCrc()
        part, content, load = frame.part, frame.content, frame.load
        byte = Signal(8)
        loaded = Signal()
        special = Signal()
        escaped = Signal()
        is_raw = (part == _Part.BEGIN) | (part == _Part.END)
        m.d.sync += [
            load.eq(~load & ~loaded & ~crc.busy & (part != _Part.REST)),
            frame.is_last.eq(frame.left == 1),
        ]
        with m.Switch(part):
            with m.Case(_Part.HEADER):
                self._load_header(m, ring, frame)
            with m.Case(_Part.PAYLOAD):
                m.d.sync += content.eq(stored)
            with m.Case(_Part.CRC):
                m.d.sync += content.eq(crc.word.word_select((-frame.left)[:2], 8))
            with m.Default():
                m.d.sync += content.eq(DELIMITER)
        m.d.comb += [
            self.o.valid.eq(loaded),
            self.o.payload.eq(Mux(special, ESCAPE, Mux(escaped, byte ^ ESCAPE_FLIP, byte))),
            crc.start.eq(load & (part == _Part.BEGIN)),
            crc.valid.eq(load & ((part == _Part.HEADER) | (part == _Part.PAYLOAD))),
            crc.byte.eq(content),
        ]
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += [escaped.eq(special), special.eq(0), loaded.eq(special)]
        with m.If(load):
            m.d.sync += [
                byte.eq(content), loaded.eq(1), frame.left.eq(frame.left - 1),
                special.eq(~is_raw & ((content == DELIMITER) | (content == ESCAPE)))]

    def _plan(self, m: Module, ring: _Ring, schedule: _Schedule) -> None:
        """Work out the length of the next frame, and whether it begins."""
        waiting = Signal(POSITION_BITS)
        m.d.sync += [
            waiting.eq(ring.end - ring.sent),
            schedule.length.eq(Mux(waiting > MAX_PAYLOAD, MAX_PAYLOAD, waiting)),
            schedule.settled.eq(0),
            schedule.begins.eq(schedule.settled.all() & ~schedule.behind
                               & (schedule.wanted | (schedule.length != 0))),
        ]

    def _rest(self, m: Module, ring: _Ring, frame: _Frame, schedule: _Schedule) -> None:
        """Between frames: go back to the bytes that the host lacks, or begin a frame."""
        settled, length = schedule.settled, schedule.length
        m.d.sync += settled.eq(Cat(1, settled))
        with m.If(schedule.behind):
            m.d.sync += [ring.sent.eq(ring.oldest), schedule.behind.eq(0), schedule.wanted.eq(1),
                         settled.eq(0)]
        with m.Elif(schedule.begins):
            m.d.sync += [
                frame.part.eq(_Part.BEGIN), schedule.wanted.eq(0), frame.bare.eq(length == 0),
                frame.length.eq(length)]

    def _load_header(self, m: Module, ring: _Ring, frame: _Frame) -> None:
        """Make the next byte of the header the content, below the upper byte of its field."""
        fields = {"protocol": PROTOCOL, "session": self.session, "position": ring.sent,
                  "acknowledged": self.received, "consumed": self.consumed,
                  "rejected": self.rejected, "refused": self.refused, "refusal": self.refusal,
                  "length": frame.length}
        left = BOARD_HEADER.size
        with m.Switch(frame.left):
            for field in BOARD_HEADER.fields:
                value = fields[field.name]
                with m.Case(left):
                    m.d.sync += frame.content.eq(value)
                    if field.format.bits > 8:
                        m.d.sync += frame.above.eq(value >> 8)
                        with m.If(frame.load):
                            m.d.sync += frame.upper.eq(frame.above)
                left -= field.format.size
            with m.Default():
                m.d.sync += frame.content.eq(frame.upper)

    def _next_of_header(self, m: Module, frame: _Frame) -> None:
        """Go on to the header's next byte; its last one is the length of the payload."""
        with m.If(frame.is_last):
            m.d.sync += frame.enter(Mux(frame.bare, _Part.CRC, _Part.PAYLOAD),
                                    Mux(frame.bare, CRC_BYTES, frame.length))
