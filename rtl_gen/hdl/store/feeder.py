"""Feeder: fetches samples from the memory in the order of a job, and feeds the engine with them."""

from amaranth.hdl import Cat, Module, Mux, ResetInserter, Signal
from amaranth.lib import stream
from amaranth.lib.wiring import Component, In, Out, connect, flipped

from pulsetrain.formats import engine as formats
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.library.layout import layout
from pulsetrain.hdl.library.memory import separate_memory
from pulsetrain.spec import Config
from pulsetrain.store.chips import Chip
from pulsetrain.store.job import KEYED, LIST, ORDER_BIT, REGISTERS, SCAN, job_register
from pulsetrain.store.records import ENTRY_WORDS, FIFO, NUMBER_BYTES

from .order import POSITION_BITS, KeyedOrder
from .reader import RECORD_WORD, Reader
from .sdram import request_layout

_LIST_WORDS = 2
_SCAN_WORDS = 1 << 8
"""Most words of a request of a scan."""


class Feeder(Component):
    """Carries out a job (`store.job`) by reading the memory; `store.records` is the form there.

    Words are fetched ahead while the engine works, as far as the FIFO has room. A new value of the
    register `control` begins a job if its bit `run` is set and none is in work; without it, a job
    ends after the samples that have been fetched, and only the bit `stay` is taken over. A fault
    ends a job after the samples that the engine has, and only a reset allows another one: the
    engine then holds a part of a sample.

    Members:
        address: In, 4 bits, of a register.
        write: In, 1 bit, strobe: set the register at `address` to `write_data`, a cycle later.
        write_data: In, 32 bits.
        read_data: Out, 32 bits, the register at `address` of the cycle before.
        i_request: Out, stream of `request_layout`, to the memory's `i`; it only reads.
        room: Out, 1 bit, to the memory.
        reads, read, word: In, from the memory.
        o_sample: Out, stream of `formats.event_transfer`, samples.
        result: In, 1 bit, strobe: the engine has given a result.
        wrong: In, 1 bit, of that result: its class is not the label.
        working: Out, 1 bit, a job is in work, and samples come from it.
        keeps: Out, 1 bit, the results of the job are for the host.
        stays: Out, 1 bit, a new session changes nothing, even after the job.
        failed: Out, 1 bit, the job ended because of a fault.
    """

    def __init__(self, config: Config, chip: Chip) -> None:
        self._config = config
        self._chip = chip
        super().__init__({
            "address": In(range(len(REGISTERS))), "write": In(1), "write_data": In(32),
            "read_data": Out(32),
            "i_request": Out(stream.Signature(request_layout(chip))), "room": Out(1),
            "reads": In(1), "read": In(1), "word": In(16),
            "o_sample": Out(stream.Signature(layout(formats.event_transfer(config)))),
            "result": In(1), "wrong": In(1), "working": Out(1), "keeps": Out(1), "stays": Out(1),
            "failed": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        held = {entry.name: Signal(entry.bits, name=f"job_{entry.name}") for entry in REGISTERS
                if entry.name not in ("checksum", "state", "words")}
        fetching, starts, begins = Signal(), Signal(), Signal()
        order = KeyedOrder()
        m.submodules.order = ResetInserter(~fetching)(order)
        m.submodules.reader = reader = Reader(self._config)
        connect(m, flipped(self.o_sample), reader.o)
        run, train, keeps, stays, kind = (held["control"][0], held["control"][1],
                                          held["control"][2], held["control"][3],
                                          held["control"][ORDER_BIT:])
        position = Signal(held["end"].shape())
        fetched = Signal(held["done"].shape())  # samples whose fetching has begun
        given = Signal(held["done"].shape())  # samples that the engine has
        ordered = Signal.like(position)  # the order works ahead, also past the end of the job
        scans = kind == SCAN
        self._registers(m, held, reader, starts)
        m.d.comb += [
            self.keeps.eq(keeps), self.stays.eq(stays), self.failed.eq(held["fault"] != 0),
            order.key.eq(held["key"]), order.count.eq(held["count"]),
            order.low_bits.eq(held["halves"]), order.longer.eq(held["halves"][4]),
            order.i.payload.eq(ordered), order.i.valid.eq(fetching & (kind == KEYED)),
            reader.train.eq(train), reader.scan.eq(scans), reader.restart.eq(begins),
        ]
        # Registers: what these depend on and what depends on them is far away, in the link and in
        # the engine.
        counts, is_error = Signal(), Signal()
        m.d.sync += [
            begins.eq(starts),
            self.working.eq(starts | begins | Mux(
                held["fault"] == 0, fetching | (fetched != held["done"]), given != held["done"])),
            counts.eq(self.result | reader.scanned), is_error.eq(self.result & self.wrong)]
        with m.If(counts):
            m.d.sync += [held["done"].eq(held["done"] + 1),
                         held["errors"].eq(held["errors"] + is_error)]
        with m.If(begins):
            m.d.sync += ordered.eq(held["begin"])
        with m.Elif(order.i.valid & order.i.ready):
            m.d.sync += ordered.eq(ordered + 1)
        with m.If(begins):
            m.d.sync += given.eq(0)
        with m.Elif(self.o_sample.valid & self.o_sample.ready & self.o_sample.payload.last):
            m.d.sync += given.eq(given + 1)
        with m.If(reader.fault != 0):
            m.d.sync += [held["fault"].eq(reader.fault), held["faulty"].eq(reader.number)]
        self._fetch(m, held, order, reader, fetching, begins, position, fetched, run, kind)
        return m

    def _registers(self, m: Module, held: dict[str, Signal], reader: Reader,
                   starts: Signal) -> None:
        """The host's access to the registers; `starts` is high when a job is to begin."""
        # The host is far away, so what it writes passes a register first.
        write = delayed(m, self.write, 1, "write", control=True)
        address = delayed(m, self.address, 1, "address")
        data = delayed(m, self.write_data, 1, "write_data")
        read = held | {"checksum": reader.checksum, "words": self._chip.words,
                       "state": Cat(self.working, self.i_request.valid)}
        run, learn_keep, stay = data[0], held["control"][1:3], data[3]
        stopped = Cat(held["control"][0] & run, learn_keep, stay, held["control"][ORDER_BIT:])
        written = {"control": Mux(self.working, stopped, data)}
        with m.Switch(self.address):
            for entry in REGISTERS:
                with m.Case(entry.address):
                    m.d.sync += self.read_data.eq(read[entry.name])
        for entry in REGISTERS:
            if entry.writable:
                with m.If(write & (address == entry.address)):
                    m.d.sync += held[entry.name].eq(written.get(entry.name, data))
        m.d.comb += starts.eq(write & (address == job_register("control").address) & run
                              & ~self.working & (held["fault"] == 0))

    def _queue(self, m: Module, reader: Reader, write: Signal, word: Signal) -> Signal:
        """The words of records on their way to the reader; `word` is added in cycles of `write`.

        Returns a strobe: one has left the memory, for a register. From there the reader takes at
        most one in two cycles, so the memory has the next one in time although it learns a cycle
        later that one was taken.
        """
        m.submodules.fifo = fifo = separate_memory(RECORD_WORD, FIFO)
        write_port, read_port = fifo.write_port(), fifo.read_port()
        oldest, following = Signal.like(read_port.addr), Signal.like(read_port.addr)
        has_next = Signal()
        gone = Signal()
        takes = has_next & (~reader.i.valid | reader.i.ready)
        m.d.comb += [
            write_port.en.eq(write), write_port.data.eq(word),
            following.eq(oldest + gone),
            read_port.addr.eq(following), read_port.en.eq(1),
        ]
        m.d.sync += [write_port.addr.eq(write_port.addr + write), oldest.eq(following),
                     has_next.eq((following != write_port.addr) & ~takes), gone.eq(takes),
                     reader.i.valid.eq(takes | (reader.i.valid & ~reader.i.ready))]
        with m.If(takes):
            m.d.sync += reader.i.payload.eq(read_port.data)
        return gone

    def _fetch(self, m: Module, held: dict[str, Signal], order: KeyedOrder, reader: Reader,
               fetching: Signal, begins: Signal, position: Signal, fetched: Signal, run: Signal,
               kind: Signal) -> None:
        """Read the list, the directory and the records, one after the other."""
        request = self.i_request.payload
        number = Signal(POSITION_BITS)
        entry = Signal(16 * ENTRY_WORDS)  # the words that came last, the newest on top
        left = Signal(16)  # words of the request that have not come
        header = Signal(2)
        ahead = Signal(position.shape())  # positions that are left
        finished = Signal(init=1)
        burst = Mux(ahead >= _SCAN_WORDS, _SCAN_WORDS, ahead)  # words of a scan's request
        # Each sum of two numbers takes two steps, for timing: set these, then take their sum.
        base, offset = Signal(POSITION_BITS), Signal(POSITION_BITS)
        has_words = Signal()  # of the record
        step = Mux(kind == SCAN, request.count[:_SCAN_WORDS.bit_length()], 1)  # of the position
        to_fifo, pushes, writes = Signal(), Signal(), Signal()
        word = Signal(RECORD_WORD)
        stored = Signal(range(FIFO.depth))
        has_room = stored < FIFO.depth - 1
        with m.If(self.read):
            m.d.sync += left.eq(left - 1)
        with m.If(self.read & ~to_fifo):
            m.d.sync += entry.eq(Cat(entry[16:], self.word))
        # A cycle later, for timing; one word can have been read until then.
        m.d.sync += self.room.eq(~to_fifo | (stored < FIFO.depth - 2))
        m.d.comb += [
            writes.eq(pushes | (self.read & to_fifo)),
            word.word.eq(self.word), word.last.eq((left == 1) & to_fifo),
        ]
        leaves = self._queue(m, reader, writes, word)
        # Words in the queue's memory and on their way to it.
        m.d.sync += stored.eq(stored + (pushes | (self.reads & to_fifo)) - leaves)

        taken = self.i_request.valid & self.i_request.ready
        came = ~self.i_request.valid & (left == 0)
        with m.If(self.i_request.valid):
            m.d.sync += [left.eq(request.count), self.i_request.valid.eq(~self.i_request.ready)]
        with m.FSM():
            with m.State("IDLE"):
                with m.If(begins):
                    m.d.sync += [fetching.eq(1), position.eq(held["begin"]), fetched.eq(0),
                                 held["done"].eq(0), held["errors"].eq(0)]
                    m.next = "STEP"
            with m.State("STEP"):  # to a new position
                m.d.sync += [header.eq(0), ahead.eq(held["end"] - position),
                             finished.eq(position == held["end"])]
                m.next = "NEXT"
            with m.State("NEXT"):
                with m.If(~run | finished | (held["fault"] != 0)):
                    m.d.sync += fetching.eq(0)
                    m.next = "IDLE"
                with m.Elif(kind == SCAN):
                    m.d.sync += [base.eq(held["directory"]), offset.eq(position)]
                    m.next = "SCAN_ADDRESS"
                with m.Elif(kind == KEYED):
                    m.next = "ORDER"
                with m.Elif(kind == LIST):
                    m.d.sync += [base.eq(held["list"]), offset.eq(position << 1)]
                    m.next = "LIST_ADDRESS"
                with m.Else():
                    m.d.sync += [base.eq(held["first"]), offset.eq(position)]
                    m.next = "SAMPLE"
            with m.State("ORDER"):
                m.d.comb += order.o.ready.eq(1)
                m.d.sync += [base.eq(held["first"]), offset.eq(order.o.payload)]
                with m.If(order.o.valid):
                    m.next = "SAMPLE"
            with m.State("LIST"):
                with m.If(came):
                    m.d.sync += [base.eq(held["first"]), offset.eq(entry[-32:])]
                    m.next = "SAMPLE"
            with m.State("SAMPLE"):
                m.d.sync += number.eq(base + offset)
                m.next = "LOOK_UP"
            with m.State("LOOK_UP"):
                m.d.sync += [base.eq(held["directory"]), offset.eq(number * ENTRY_WORDS)]
                m.next = "DIRECTORY_ADDRESS"
            for asking, count in (("LIST", _LIST_WORDS), ("DIRECTORY", ENTRY_WORDS),
                                  ("SCAN", burst)):
                with m.State(f"{asking}_ADDRESS"):
                    m.d.sync += [request.address.eq(base + offset), request.count.eq(count),
                                 self.i_request.valid.eq(1)]
                    m.next = asking
            with m.State("DIRECTORY"):
                with m.If(came):
                    m.next = "NUMBER"
            with m.State("NUMBER"):
                m.d.comb += [pushes.eq(has_room),
                             word.word.eq(Mux(header[0], number[16:], number[:16]))]
                m.d.sync += [request.address.eq(entry), request.count.eq(entry[32:48]),
                             has_words.eq(entry[32:48] != 0)]
                with m.If(pushes):
                    m.d.sync += header.eq(header + 1)
                    with m.If(header == NUMBER_BYTES // 2 - 1):
                        m.d.sync += [fetched.eq(fetched + step),
                                     self.i_request.valid.eq(has_words)]
                        m.next = "RECORD"
            with m.State("RECORD"):
                m.d.comb += to_fifo.eq(1)
                with m.If(came):
                    m.d.sync += position.eq(position + step)
                    m.next = "STEP"
            with m.State("SCAN"):
                m.d.comb += to_fifo.eq(1)
                with m.If(taken):
                    m.d.sync += fetched.eq(fetched + step)
                with m.If(came):
                    m.d.sync += position.eq(position + step)
                    m.next = "STEP"
