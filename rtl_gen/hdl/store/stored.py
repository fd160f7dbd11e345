"""Stored engine: an engine whose samples come from a memory beside the FPGA, or from its port."""

from amaranth.hdl import Module, ResetInserter
from amaranth.lib import stream
from amaranth.lib.wiring import Component, In, Member, Out, connect, flipped

from pulsetrain.formats import engine as formats
from pulsetrain.hdl.engine.engine import Engine, engine_ports
from pulsetrain.spec import Config
from pulsetrain.store.chips import Chip
from pulsetrain.store.job import REGISTERS

from .sdram import SdramPins
from .store import Store, written_layout


class StoredEngine(Component):
    """An engine and its store; the clock has `period` ns.

    While a job is in work, samples come from the memory, and results are only counted there, unless
    the job keeps them for `o_result`. The configuration has `engine.input = "events"`.

    Members:
        restart: In, 1 bit, held for `registers.RESET_CYCLES` cycles: reset the engine, except for
            its synapses, and end the job, unless it stays; what is stored stays.
        i_sample, i_host, bus: In, as of the engine (`Engine`).
        o_result, o_host, probe_sum, probe_output, probe_delta: Out, as of the engine.
        i_word: In, stream of `written_layout`, words to store.
        job_address, job_write, job_write_data: In, the registers of the job (`Feeder`).
        job_read_data: Out, 32 bits.
        working: Out, 1 bit, a job is in work.
        pins: Out(SdramPins), the memory.
    """

    def __init__(self, config: Config, chip: Chip, period: float) -> None:
        self._config, self._chip, self._period = config, chip, period
        super().__init__({**stored_ports(config, chip), "pins": Out(SdramPins())})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.store = store = Store(self._config, self._chip, self._period)
        engine, restart = Engine(self._config), self.restart & ~store.stays
        m.submodules.engine = ResetInserter(restart)(engine)
        for name in ("i_host", "o_host", "bus"):
            connect(m, flipped(getattr(self, name)), getattr(engine, name))
        connect(m, flipped(self.i_word), store.i)
        connect(m, flipped(self.pins), store.pins)
        taken = store.working & ~store.keeps  # results that nobody else takes
        m.d.comb += [
            *(getattr(self, name).eq(getattr(engine, name))
              for name in formats.probes(self._config)),
            store.restart.eq(restart), store.address.eq(self.job_address),
            store.write.eq(self.job_write), store.write_data.eq(self.job_write_data),
            self.job_read_data.eq(store.read_data), self.working.eq(store.working),
            self.o_result.payload.eq(engine.o_result.payload),
            self.o_result.valid.eq(engine.o_result.valid & ~taken),
            engine.o_result.ready.eq(self.o_result.ready | taken),
            store.result.eq(engine.o_result.valid & engine.o_result.ready & store.working),
            store.wrong.eq(engine.o_result.payload.error),
            engine.i_sample.payload.eq(self.i_sample.payload),
            engine.i_sample.valid.eq(self.i_sample.valid & ~store.working),
            self.i_sample.ready.eq(engine.i_sample.ready & ~store.working),
        ]
        with m.If(store.working):
            m.d.comb += [engine.i_sample.payload.eq(store.o_sample.payload),
                         engine.i_sample.valid.eq(store.o_sample.valid),
                         store.o_sample.ready.eq(engine.i_sample.ready)]
        return m


def stored_ports(config: Config, chip: Chip) -> dict[str, Member]:
    """The members of `StoredEngine` except for `pins`, also for components around it."""
    return {
        "restart": In(1), **engine_ports(config),
        "i_word": In(stream.Signature(written_layout(chip))),
        "job_address": In(range(len(REGISTERS))), "job_write": In(1), "job_write_data": In(32),
        "job_read_data": Out(32), "working": Out(1)}
