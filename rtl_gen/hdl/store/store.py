"""Store: a memory chip beside the FPGA, with all that reads and writes it."""

from amaranth.hdl import DomainRenamer, Module, Mux, Signal
from amaranth.lib import data, stream
from amaranth.lib.wiring import Component, In, Out, connect, flipped

from pulsetrain.formats import engine as formats
from pulsetrain.hdl.library.domain import add_domain
from pulsetrain.hdl.library.layout import layout
from pulsetrain.spec import Config
from pulsetrain.store.chips import Chip, Memory
from pulsetrain.store.job import REGISTERS

from .feeder import Feeder
from .sdram import SdramController, SdramPins


def written_layout(chip: Chip) -> data.StructLayout:
    """A word to store, and its address."""
    return data.StructLayout({"address": (chip.words - 1).bit_length(), "word": 16})


class Store(Component):
    """The controller of a memory, and the feeder that reads samples through it.

    A word to store waits until no job is in work, and is stored before a job reads anything.

    Members:
        pins: Out(SdramPins), the chip.
        i: In, stream of `written_layout`, words to store.
        restart: In, 1 bit, end the job and forget its registers, in the next cycle, in which they
            cannot be written; what is stored stays.
        address, write, write_data: In, the registers of the feeder (`Feeder`).
        read_data: Out, 32 bits.
        result, wrong: In, as of the feeder.
        o_sample, working, keeps, stays, failed: Out, as of the feeder.
    """

    def __init__(self, config: Config, memory: Memory) -> None:
        self._config, self._memory = config, memory
        super().__init__({
            "pins": Out(SdramPins()), "i": In(stream.Signature(written_layout(memory.chip))),
            "restart": In(1), "address": In(range(len(REGISTERS))), "write": In(1),
            "write_data": In(32), "read_data": Out(32),
            "o_sample": Out(stream.Signature(layout(formats.event_transfer(config)))),
            "result": In(1), "wrong": In(1), "working": Out(1), "keeps": Out(1), "stays": Out(1),
            "failed": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.memory = memory = SdramController(self._memory)
        feeder = Feeder(self._config, self._memory.chip)
        # A reset from a register near the feeder: where that of the board comes from is far away.
        reset = Signal(init=1)
        m.d.sync += reset.eq(self.restart)
        add_domain(m, "feeder", reset)
        m.submodules.feeder = DomainRenamer("feeder")(feeder)
        connect(m, flipped(self.pins), memory.pins)
        connect(m, flipped(self.o_sample), feeder.o_sample)
        m.d.comb += [
            feeder.address.eq(self.address), feeder.write.eq(self.write),
            feeder.write_data.eq(self.write_data), self.read_data.eq(feeder.read_data),
            feeder.result.eq(self.result), feeder.wrong.eq(self.wrong),
            self.working.eq(feeder.working), self.keeps.eq(feeder.keeps),
            self.stays.eq(feeder.stays), self.failed.eq(feeder.failed),
        ]
        self._share(m, memory, feeder)
        return m

    def _share(self, m: Module, memory: SdramController, feeder: Feeder) -> None:
        """The memory is the feeder's, unless there is a word to store.

        The word is held here: once the memory was asked to write, it waits for the word, whatever
        becomes of who sent it.
        """
        held, holds, writes = (Signal.like(self.i.payload, name="held"), Signal(name="holds"),
                               Signal(name="writes"))
        m.d.comb += self.i.ready.eq(~holds & ~feeder.working)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [held.eq(self.i.payload), holds.eq(1)]
        with m.If(holds & memory.i.valid & memory.i.ready):
            m.d.sync += writes.eq(1)
        with m.If(memory.i_word.valid & memory.i_word.ready):
            m.d.sync += [holds.eq(0), writes.eq(0)]
        # A new feeder asks for nothing before the words that the last one had asked for have come.
        left = Signal(range(self._memory.read_latency + 1))
        stale = left != 0
        with m.If(self.restart | (stale & ~memory.idle)):
            m.d.sync += left.eq(self._memory.read_latency)
        with m.Elif(stale):
            m.d.sync += left.eq(left - 1)
        asked = feeder.i_request
        m.d.comb += [
            memory.i.valid.eq(Mux(holds, ~writes, asked.valid) & ~stale),
            memory.i.payload.write.eq(holds),
            memory.i.payload.address.eq(Mux(holds, held.address, asked.payload.address)),
            memory.i.payload.count.eq(Mux(holds, 1, asked.payload.count)),
            asked.ready.eq(memory.i.ready & ~holds & ~stale),
            memory.i_word.payload.eq(held.word),
            memory.i_word.valid.eq(writes),
            memory.room.eq(feeder.room | stale),
            feeder.reads.eq(memory.reads),
            feeder.read.eq(memory.read),
            feeder.word.eq(memory.word),
        ]
