"""Store: a memory chip beside the FPGA, with all that reads and writes it."""

from amaranth.hdl import Module, Mux, ResetInserter, Signal
from amaranth.lib import data, stream
from amaranth.lib.wiring import Component, In, Out, connect, flipped

from pulsetrain.formats import engine as formats
from pulsetrain.hdl.library.layout import layout
from pulsetrain.spec import Config
from pulsetrain.store.chips import Chip
from pulsetrain.store.job import REGISTERS

from .feeder import Feeder
from .sdram import READ_LATENCY, SdramController, SdramPins


def written_layout(chip: Chip) -> data.StructLayout:
    """A word to store, and its address."""
    return data.StructLayout({"address": (chip.words - 1).bit_length(), "word": 16})


class Store(Component):
    """An SDRAM controller, and the feeder that reads samples through it; the clock has `period` ns.

    A word to store waits until no job is in work.

    Members:
        pins: Out(SdramPins), the chip.
        i: In, stream of `written_layout`, words to store.
        restart: In, 1 bit, end the job and forget its registers; what is stored stays.
        address, write, write_data: In, the registers of the feeder (`Feeder`).
        read_data: Out, 32 bits.
        result, wrong: In, as of the feeder.
        o_sample, working, keeps, stays: Out, as of the feeder.
    """

    def __init__(self, config: Config, chip: Chip, period: float) -> None:
        self._config, self._chip, self._period = config, chip, period
        super().__init__({
            "pins": Out(SdramPins()), "i": In(stream.Signature(written_layout(chip))),
            "restart": In(1), "address": In(range(len(REGISTERS))), "write": In(1),
            "write_data": In(32), "read_data": Out(32),
            "o_sample": Out(stream.Signature(layout(formats.event_transfer(config)))),
            "result": In(1), "wrong": In(1), "working": Out(1), "keeps": Out(1), "stays": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.memory = memory = SdramController(self._chip, self._period)
        feeder = Feeder(self._config, self._chip)
        m.submodules.feeder = ResetInserter(self.restart)(feeder)
        connect(m, flipped(self.pins), memory.pins)
        connect(m, flipped(self.o_sample), feeder.o_sample)
        m.d.comb += [
            feeder.address.eq(self.address), feeder.write.eq(self.write),
            feeder.write_data.eq(self.write_data), self.read_data.eq(feeder.read_data),
            feeder.result.eq(self.result), feeder.wrong.eq(self.wrong),
            self.working.eq(feeder.working), self.keeps.eq(feeder.keeps),
            self.stays.eq(feeder.stays),
        ]
        self._share(m, memory, feeder)
        return m

    def _share(self, m: Module, memory: SdramController, feeder: Feeder) -> None:
        """The memory is the feeder's while a job is in work, and otherwise for words to store."""
        # A new feeder asks for nothing before the words that the last one had asked for have come.
        left = Signal(range(READ_LATENCY + 1))
        stale = left != 0
        with m.If(self.restart | (stale & ~memory.idle)):
            m.d.sync += left.eq(READ_LATENCY)
        with m.Elif(stale):
            m.d.sync += left.eq(left - 1)
        asked, stores = feeder.i_request, self.i.valid & ~feeder.working
        m.d.comb += [
            memory.i.valid.eq(Mux(feeder.working, asked.valid, stores) & ~stale),
            memory.i.payload.write.eq(~feeder.working),
            memory.i.payload.address.eq(Mux(feeder.working, asked.payload.address,
                                            self.i.payload.address)),
            memory.i.payload.count.eq(Mux(feeder.working, asked.payload.count, 1)),
            asked.ready.eq(memory.i.ready & feeder.working & ~stale),
            memory.i_word.payload.eq(self.i.payload.word),
            memory.i_word.valid.eq(self.i.valid),
            self.i.ready.eq(memory.i_word.ready),
            memory.room.eq(feeder.room | stale),
            feeder.reads.eq(memory.reads),
            feeder.read.eq(memory.read),
            feeder.word.eq(memory.word),
        ]
