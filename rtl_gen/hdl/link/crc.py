"""CRC of the link's frames, one bit per cycle: bytes arrive slowly, so little logic is enough."""

from amaranth.hdl import Module, Signal
from amaranth.lib.crc.catalog import CRC32_ISO_HDLC
from amaranth.lib.wiring import Component, In, Out

FRAME_CRC = CRC32_ISO_HDLC(data_width=1)
"""The CRC of `protocol`, which is reflected: a byte's lowest bit comes first."""


class FrameCrc(Component):
    """The CRC-32 of the bytes since `start`; equals `zlib.crc32`.

    Timing: a byte is included in `word` and `match` nine cycles after its strobe, and `busy` is
    high in the eight cycles before; until then there must be no other byte.

    Members:
        start: In, 1 bit, strobe: begin a new CRC, of no bytes.
        valid: In, 1 bit, strobe: add `byte`; not with `start`.
        byte: In, 8 bits.
        busy: Out, 1 bit, a byte is being added.
        word: Out, 32 bits, the CRC of all bytes.
        match: Out, 1 bit, the last four bytes are the CRC of those before them, low byte first.
    """

    latency = 9

    def __init__(self) -> None:
        super().__init__({"start": In(1), "valid": In(1), "byte": In(8), "busy": Out(1),
                          "word": Out(32), "match": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.processor = processor = FRAME_CRC.create()
        waiting = Signal(8)
        left = Signal(range(9))
        m.d.comb += [
            self.busy.eq(left != 0),
            processor.start.eq(self.start),
            processor.valid.eq(self.busy & ~self.start),
            processor.data.eq(waiting[0]),
            self.word.eq(processor.crc),
            self.match.eq(processor.match_detected),
        ]
        with m.If(self.start):
            m.d.sync += left.eq(0)
        with m.Elif(self.valid):
            m.d.sync += [waiting.eq(self.byte), left.eq(8)]
        with m.Elif(self.busy):
            m.d.sync += [waiting.eq(waiting >> 1), left.eq(left - 1)]
        return m
