"""Stored engine: an engine whose samples come from a memory beside the FPGA, or from its port."""

from amaranth.hdl import DomainRenamer, Module, Signal
from amaranth.lib import stream
from amaranth.lib.wiring import Component, In, Member, Out, connect, flipped

from pulsetrain.formats import engine as formats
from pulsetrain.hdl.engine.engine import Engine, engine_ports
from pulsetrain.hdl.library.domain import add_domain
from pulsetrain.spec import Config
from pulsetrain.store.chips import Chip, Memory
from pulsetrain.store.job import REGISTERS

from .sdram import SdramPins
from .store import Store, written_layout


class StoredEngine(Component):
    """An engine and its store.

    While a job is in work, samples come from the memory, and results are only counted there, unless
    the job keeps them for `o_result`. After a job, waiting does not count as `starved` until a
    sample comes from the port.

    Members:
        restart: In, 1 bit, held for `registers.RESET_CYCLES` cycles: reset the engine, except for
            its synapses, and end the job, unless a job stayed before; what is stored stays.
        i_sample, i_host, bus: In, as of the engine (`Engine`).
        o_result, o_host, probe_sum, probe_output, probe_delta: Out, as of the engine.
        i_word: In, stream of `written_layout`, words to store.
        job_address, job_write, job_write_data: In, the registers of the job (`Feeder`).
        job_read_data: Out, 32 bits.
        working: Out, 1 bit, a job is in work.
        keeps, stays, failed: Out, of the job (`Feeder`).
        pins: Out(SdramPins), the memory.

    Raises:
        ValueError: the engine takes raw inputs.
    """

    def __init__(self, config: Config, memory: Memory) -> None:
        if config.engine.input != "events":
            raise ValueError('engine.input must be "events" for an engine with a memory')
        self._config, self._memory = config, memory
        super().__init__({**stored_ports(config, memory.chip), "pins": Out(SdramPins())})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.store = store = Store(self._config, self._memory)
        engine, stayed = Engine(self._config, has_rests=True), Signal()
        with m.If(~self.restart):  # a reset is whole, or none
            m.d.sync += stayed.eq(store.stays)
        restart = self.restart & ~stayed
        # A domain, because a ResetInserter does not reach into the modules that lanes share.
        reset = Signal(init=1)
        m.d.sync += reset.eq(restart)
        add_domain(m, "engine", reset)
        m.submodules.engine = DomainRenamer("engine")(engine)
        for name in ("i_host", "o_host", "bus"):
            connect(m, flipped(getattr(self, name)), getattr(engine, name))
        connect(m, flipped(self.i_word), store.i)
        connect(m, flipped(self.pins), store.pins)
        taken = store.working & ~store.keeps  # results that nobody else takes
        m.d.comb += [
            *(getattr(self, name).eq(getattr(engine, name))
              for name in (*formats.probes(self._config),
                           *(["parity_error"] if self._config.engine.parity else []))),
            store.restart.eq(restart), store.address.eq(self.job_address),
            store.write.eq(self.job_write), store.write_data.eq(self.job_write_data),
            self.job_read_data.eq(store.read_data), self.working.eq(store.working),
            self.keeps.eq(store.keeps), self.stays.eq(store.stays), self.failed.eq(store.failed),
            self.o_result.payload.eq(engine.o_result.payload),
            self.o_result.valid.eq(engine.o_result.valid & ~taken),
            engine.o_result.ready.eq(self.o_result.ready | taken),
            store.result.eq(engine.o_result.valid & engine.o_result.ready & store.working),
            store.wrong.eq(engine.o_result.payload.error),
            engine.i_sample.payload.eq(self.i_sample.payload),
            engine.i_sample.valid.eq(self.i_sample.valid & ~store.working),
            self.i_sample.ready.eq(engine.i_sample.ready & ~store.working),
        ]
        has_port = Signal()  # samples come from the port
        with m.If(restart | store.working):
            m.d.sync += has_port.eq(0)
        with m.Elif(self.i_sample.valid):
            m.d.sync += has_port.eq(1)
        m.d.comb += engine.rests.eq(~store.working & ~has_port)
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
        "job_read_data": Out(32), "working": Out(1), "keeps": Out(1), "stays": Out(1),
        "failed": Out(1)}
