"""SDRAM controller: initialises and refreshes a chip of SDR SDRAM, and reads and writes words."""

from amaranth.hdl import Cat, ClockDomain, ClockSignal, Module, Mux, Signal
from amaranth.lib import data, stream
from amaranth.lib.wiring import Component, In, Out, Signature

from pulsetrain.store.chips import (
    BANK_BITS,
    CAS_LATENCY,
    MODE_CLOCKS,
    ROW_BITS,
    WORD_BITS,
    Chip,
    Memory,
)

COUNT_BITS = 16
"""Bits of the number of words of a request."""

_INITIAL_REFRESHES = 8
_CLOSE_ALL = 1 << 10
_MODE = CAS_LATENCY << 4
"""Bursts of one word, in order."""


class SdramPins(Signature):
    """The pins of a chip, each active when high. Its clock is the inverse of the controller's, and
    is always enabled.

    Members:
        cs, ras, cas, we: Out, 1 bit, the command; the chip is selected from the first clock on.
        ba: Out, 2 bits, bank.
        a: Out, 13 bits, row or column.
        dqm: Out, 2 bits, mask of the bytes.
        dq_o: Out, 16 bits, word to the chip while `dq_oe` is high.
        dq_oe: Out, 1 bit.
        dq_i: In, 16 bits, word from the chip.
    """

    def __init__(self) -> None:
        super().__init__({
            "cs": Out(1), "ras": Out(1), "cas": Out(1), "we": Out(1),
            "ba": Out(BANK_BITS), "a": Out(ROW_BITS), "dqm": Out(2, init=3),
            "dq_o": Out(WORD_BITS), "dq_oe": Out(1), "dq_i": In(WORD_BITS)})


def request_layout(chip: Chip) -> data.StructLayout:
    """A request: whether it writes, the address of its first word, and the number of words."""
    return data.StructLayout({"write": 1, "address": (chip.words - 1).bit_length(),
                              "count": COUNT_BITS})


class SdramController(Component):
    """Serves one request after the other, each for consecutive words of `memory`.

    Commands come from registers at the rising edge, and the chip's clock is the inverse: half a
    period is left before and after each edge. Words from the chip are taken at the falling edge, a
    whole period after the chip began to drive them. Rows are open only while a request needs them,
    and are closed for a refresh whenever one is due. Timing: within a row one word per cycle; the
    word of a read comes `memory.read_latency` cycles after it was decided on, and cannot wait.

    Members:
        pins: Out(SdramPins), the chip.
        i: In, stream of `request_layout`, requests of at least one word.
        i_word: In, stream of 16 bits, the words to write.
        room: In, 1 bit, one more word can be read.
        reads: Out, 1 bit, strobe: the reading of a word has been decided on.
        read: Out, 1 bit, strobe: `word` has been read.
        word: Out, 16 bits.
        idle: Out, 1 bit, no request is in work; words read may still come.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._cycles = {name: memory.chip.times.cycles(name, memory.period) for name in (
            "trcd", "trp", "tras", "trc", "trfc", "trefi", "power_up")}
        super().__init__({
            "pins": Out(SdramPins()), "i": In(stream.Signature(request_layout(memory.chip))),
            "i_word": In(stream.Signature(WORD_BITS)), "room": In(1), "reads": Out(1),
            "read": Out(1), "word": Out(WORD_BITS), "idle": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        cycles, pins, column_bits = self._cycles, self.pins, self._memory.chip.column_bits
        # `wait` cycles until the next command; `shut`: until the row can be closed.
        wait = Signal(range(cycles["power_up"] + 1), init=cycles["power_up"])
        shut = Signal(range(max(cycles["tras"], cycles["trc"]) + 1))
        until_due = Signal(range(cycles["trefi"]), init=cycles["trefi"] - 1)
        due = Signal(3)
        initial = Signal(range(_INITIAL_REFRESHES + 1), init=_INITIAL_REFRESHES)
        write, left = Signal(), Signal(COUNT_BITS)
        busy = Signal()  # words are left
        address = Signal(self.i.payload.address.shape())
        column, bank, row = (address[:column_bits], address[column_bits:column_bits + BANK_BITS],
                             address[column_bits + BANK_BITS:])
        refreshes, crosses = Signal(), Signal()
        self._take_words(m)

        m.d.sync += [
            pins.cs.eq(1), pins.ras.eq(0), pins.cas.eq(0), pins.we.eq(0),
            pins.dq_oe.eq(0), wait.eq(Mux(wait == 0, 0, wait - 1)),
            shut.eq(Mux(shut == 0, 0, shut - 1)), until_due.eq(until_due - 1)]
        with m.If(until_due == 0):
            m.d.sync += [until_due.eq(cycles["trefi"] - 1), due.eq(due + ~refreshes)]
        with m.Elif(refreshes):
            m.d.sync += due.eq(Mux(due == 0, 0, due - 1))
        with m.FSM():
            with m.State("CLOSE"):
                with m.If((wait == 0) & (shut == 0)):
                    m.d.sync += [pins.ras.eq(1), pins.we.eq(1), pins.a.eq(_CLOSE_ALL),
                                 wait.eq(cycles["trp"] - 1)]
                    m.next = "CLOSED"
            with m.State("CLOSED"):
                with m.If(wait != 0):
                    pass
                with m.Elif((initial != 0) | (due != 0)):
                    m.d.comb += refreshes.eq(1)
                    m.d.sync += [pins.ras.eq(1), pins.cas.eq(1), wait.eq(cycles["trfc"] - 1)]
                    with m.If(initial != 0):
                        m.d.sync += initial.eq(initial - 1)
                        with m.If(initial == 1):
                            m.next = "MODE"
                with m.Elif(busy):
                    m.d.sync += [pins.ras.eq(1), pins.ba.eq(bank), pins.a.eq(row),
                                 wait.eq(cycles["trcd"] - 1),
                                 shut.eq(max(cycles["tras"], cycles["trc"] - cycles["trp"]) - 1)]
                    m.next = "OPEN"
            with m.State("MODE"):
                with m.If(wait == 0):
                    m.d.sync += [pins.ras.eq(1), pins.cas.eq(1), pins.we.eq(1), pins.ba.eq(0),
                                 pins.a.eq(_MODE), pins.dqm.eq(0), wait.eq(MODE_CLOCKS - 1),
                                 due.eq(0), until_due.eq(cycles["trefi"] - 1)]
                    m.next = "CLOSED"
            with m.State("OPEN"):
                with m.If(wait != 0):
                    pass
                with m.Elif(~busy | (due != 0) | crosses):
                    # The two cycles from a write to the command that closes its row are enough for
                    # `twr`, because no chip here has a clock that is faster than half of it.
                    m.d.sync += crosses.eq(0)
                    m.next = "CLOSE"
                with m.Elif(Mux(write, self.i_word.valid, self.room)):
                    m.d.comb += [self.i_word.ready.eq(write), self.reads.eq(~write)]
                    m.d.sync += [
                        pins.cas.eq(1), pins.we.eq(write), pins.ba.eq(bank), pins.a.eq(column),
                        pins.dq_oe.eq(write), pins.dq_o.eq(self.i_word.payload),
                        address.eq(address + 1), left.eq(left - 1), busy.eq(left != 1),
                        crosses.eq(column.all())]
        m.d.comb += [self.idle.eq(~busy), self.i.ready.eq(~busy)]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [write.eq(self.i.payload.write), address.eq(self.i.payload.address),
                         left.eq(self.i.payload.count), busy.eq(1)]
        return m

    def _take_words(self, m: Module) -> None:
        """Take a word from the chip at the falling edge, and say when one has come."""
        m.domains.falling = ClockDomain(clk_edge="neg", reset_less=True, local=True)
        m.d.comb += ClockSignal("falling").eq(ClockSignal())
        taken = Signal(WORD_BITS, reset_less=True)
        word = Signal(WORD_BITS, reset_less=True)
        coming = Signal(self._memory.read_latency)
        m.d.falling += taken.eq(self.pins.dq_i)
        m.d.sync += [word.eq(taken), coming.eq(Cat(self.reads, coming))]
        m.d.comb += [self.word.eq(word), self.read.eq(coming[-1])]
