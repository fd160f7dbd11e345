"""Reader: checks the records of samples, and turns them into transfers for the engine."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import stream
from amaranth.lib.crc.catalog import CRC32_ISO_HDLC
from amaranth.lib.data import StructLayout, View
from amaranth.lib.fifo import SyncFIFO
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.formats import engine as formats
from pulsetrain.formats.dense import MOST_RUN, dense_header
from pulsetrain.hdl.library.layout import layout
from pulsetrain.spec import Config
from pulsetrain.store.records import CRC_BYTES, NUMBER_BYTES

from .order import POSITION_BITS

RECORD_WORD = StructLayout({"word": 16, "last": 1})
"""A word of a record, and whether it is the last one."""

NONE, CHECK, FORM = range(3)
"""The faults of `store.job.FAULTS`."""


class Reader(Component):
    """Reads records (`store.records`), one byte per cycle; each comes after two words with the
    sample's number, the lower one first.

    The last transfer of a sample is offered only if its CRC is right, so the engine never begins a
    sample with a fault. After a fault nothing is read until a reset. With `scan` the words are no
    records: the CRC of all of them is `checksum`, whatever they are. A byte passes a register
    first, because words come from a memory, and those are slow, and another one before its CRC. Two
    transfers can wait for the engine, which is far away: that it takes one has no effect here
    before the next cycle.

    Members:
        i: In, stream of `RECORD_WORD`.
        o: Out, stream of `formats.event_transfer`.
        train: In, 1 bit, the samples are learned.
        scan: In, 1 bit.
        restart: In, 1 bit, strobe: begin a new CRC.
        fault: Out, 2 bits.
        number: Out, 26 bits, the sample that is read.
        checksum: Out, 32 bits, CRC of the words of a scan, three cycles after the last was read.
        scanned: Out, 1 bit, strobe: a word of a scan is read.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__({
            "i": In(stream.Signature(RECORD_WORD)),
            "o": Out(stream.Signature(layout(formats.event_transfer(config)))),
            "train": In(1), "scan": In(1), "restart": In(1), "fault": Out(2),
            "number": Out(POSITION_BITS), "checksum": Out(32), "scanned": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        inputs = self._config.network.inputs
        m.submodules.crc = crc = CRC32_ISO_HDLC(data_width=8).create()
        byte, has_byte = Signal(8), Signal()
        is_zero, in_last = Signal(), Signal()  # of the byte; its word is the last
        upper = Signal()  # which byte of its word it is
        next_upper = Signal()
        takes = Signal()
        step = has_byte & takes
        enters = Signal()
        entering = self.i.payload.word.word_select(next_upper, 8)
        header_bytes = dense_header(self._config).size
        count = Signal(range(max(NUMBER_BYTES, CRC_BYTES, header_bytes)))
        header = Signal(8 * header_bytes)
        label = View(layout(dense_header(self._config)),
                     header[:dense_header(self._config).bits]).label
        index = Signal(range(-inputs, MOST_RUN + 1))  # minus `inputs`, for timing
        zeros = Signal()
        has_event, ends = Signal(), Signal()
        found, value = Signal(self._config.design.input_bits), Signal.like(self.o.payload.value)
        given = Signal.like(self.o.payload)
        m.submodules.waiting = waiting = SyncFIFO(width=len(Value.cast(given)), depth=2)
        room = waiting.w_stream.ready
        m.d.sync += [crc.data.eq(byte), crc.valid.eq(step)]
        m.d.comb += [
            enters.eq(self.i.valid & (~has_byte | takes)),
            self.i.ready.eq(enters & next_upper),
            crc.start.eq(self.restart),
            self.checksum.eq(crc.crc), self.scanned.eq(step & upper & self.scan),
            given.index.eq(found), given.value.eq(value), given.last.eq(ends),
            given.label.eq(label), given.train.eq(self.train),
            waiting.w_stream.payload.eq(given),
            Value.cast(self.o.payload).eq(waiting.r_stream.payload),
            self.o.valid.eq(waiting.r_stream.valid), waiting.r_stream.ready.eq(self.o.ready),
        ]
        with m.If(enters):
            m.d.sync += [byte.eq(entering), is_zero.eq(entering == 0), upper.eq(next_upper),
                         in_last.eq(self.i.payload.last), next_upper.eq(~next_upper)]
        m.d.sync += has_byte.eq(enters | (has_byte & ~takes))
        with m.FSM():
            with m.State("NUMBER"):
                m.d.comb += takes.eq(1)
                m.d.sync += [index.eq(-inputs), zeros.eq(0), has_event.eq(0), found.eq(0),
                             value.eq(0)]
                with m.If(step & ~self.scan):
                    m.d.sync += count.eq(count + 1)
                    for number in range(NUMBER_BYTES):
                        start = 8 * number
                        with m.If(count == number):
                            m.d.sync += self.number[start:start + 8].eq(byte)
                    with m.If(count == NUMBER_BYTES - 1):
                        m.d.sync += count.eq(0)
                        m.next = "HEADER"
            with m.State("HEADER"):
                m.d.comb += takes.eq(1)
                with m.If(step):
                    m.d.sync += [header.word_select(count, 8).eq(byte), count.eq(count + 1)]
                    with m.If(count == header_bytes - 1):
                        m.d.sync += count.eq(0)
                        m.next = "BODY"
            with m.State("BODY"):
                literal = ~zeros & ~is_zero
                is_whole = index >= 0
                gives = has_byte & literal & has_event & ~is_whole
                m.d.comb += [waiting.w_stream.valid.eq(gives),
                             takes.eq(~is_whole & (~gives | room))]
                with m.If(step):
                    m.d.sync += [index.eq(index + Mux(zeros, byte + 1, literal)),
                                 zeros.eq(~zeros & is_zero)]
                    with m.If(literal):
                        m.d.sync += [found.eq(index + inputs), value.eq(byte), has_event.eq(1)]
                with m.If((index > 0) | (step & in_last)):
                    m.d.sync += self.fault.eq(FORM)
                    m.next = "FAULT"
                with m.Elif(is_whole & has_byte):
                    m.next = "CRC"
                    with m.If(upper):
                        m.next = "PADDING"
            with m.State("PADDING"):
                m.d.comb += takes.eq(1)
                with m.If(step):
                    m.next = "CRC"
            with m.State("CRC"):
                m.d.comb += takes.eq(1)
                with m.If(step):
                    m.d.sync += count.eq(count + 1)
                    with m.If(count == CRC_BYTES - 1):
                        m.d.sync += count.eq(0)
                        m.next = "END"
                    with m.If(in_last != (count[1:] == (CRC_BYTES - 1) // 2)):
                        m.d.sync += self.fault.eq(FORM)
                        m.next = "FAULT"
            with m.State("END"):  # the last byte goes into the CRC
                m.next = "CHECK"
            with m.State("CHECK"):
                m.next = "LAST"
                with m.If(~crc.match_detected):
                    m.d.sync += self.fault.eq(CHECK)
                    m.next = "FAULT"
            with m.State("LAST"):
                m.d.comb += [ends.eq(1), waiting.w_stream.valid.eq(1), crc.start.eq(1)]
                with m.If(room):
                    m.next = "NUMBER"
            with m.State("FAULT"):
                pass
        return m
