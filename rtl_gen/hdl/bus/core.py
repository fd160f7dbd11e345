"""Core: the engine, the registers of a bus, and the FIFOs between them and the bus."""

from dataclasses import dataclass

from amaranth.hdl import ClockDomain, DomainRenamer, Module, Mux, ResetSignal, Signal, Value
from amaranth.lib import stream
from amaranth.lib.cdc import FFSynchronizer, ResetSynchronizer
from amaranth.lib.fifo import AsyncFIFO, FIFOInterface, SyncFIFO, SyncFIFOBuffered
from amaranth.lib.wiring import connect

from pulsetrain.bus_map import RESULT_FIFO, SAMPLE_FIFO
from pulsetrain.formats import bus as bus_formats
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.library.layout import layout
from pulsetrain.spec import Config

from .access import BusAccess
from .placed import PlacedEngine
from .registers import RegisterAccess
from .rows import RowAccess
from .samples import SampleWords

ENGINE = "engine"
"""The clock domain of an engine that does not have the clock of the bus."""

_CROSSING = 16
"""Words of a FIFO between two clocks: enough for a word in each cycle of the slower one."""

_REQUESTS = 4
"""The same for requests, of which one at a time is in work."""


@dataclass(frozen=True)
class Core:
    """What a bus is connected to.

    `access`: the registers. `samples`: a FIFO for `formats.bus.sample_beat`. `results`: a FIFO of
    `formats.bus.result_words`. Behind a bus without streams both are connected to `access`.
    """

    access: BusAccess
    samples: FIFOInterface
    results: FIFOInterface


def add_core(m: Module, config: Config, name: str, bus: str, clock: Signal | None) -> Core:
    """Add the engine `name` of `config`, with everything that is the same behind every bus.

    The bus is in the domain "sync". If the engine has a `clock` of its own, it is in the domain
    `ENGINE`, whose reset begins with that of the bus, and FIFOs are between the domains.
    """
    domain = "sync"
    if clock is not None:
        domain = ENGINE
        m.domains += (made := ClockDomain(domain))
        made.clk = clock
        m.submodules.reset = ResetSynchronizer(ResetSignal(), domain=domain)
    engine, registers = PlacedEngine(config, name), RegisterAccess(config)
    words, rows = SampleWords(config), RowAccess(config)
    for part_name, part in (("engine", engine), ("registers", registers), ("words", words),
                            ("rows", rows)):
        m.submodules[part_name] = DomainRenamer(domain)(part)
    m.submodules.access = access = BusAccess(config, bus)
    join = _Joiner(m, domain)
    samples = join.fifo("samples", bus_formats.sample_beat(config).bits, "sync", domain,
                        0 if bus == "axi" else SAMPLE_FIFO)
    results = join.fifo("results", bus_formats.result_words(config).bits, domain, "sync",
                        0 if bus == "axi" else RESULT_FIFO)
    if bus != "axi":
        stored, held = ((samples.w_level, results.r_level) if clock is not None
                        else (samples.level, results.level))
        m.d.comb += [
            *_joined(access.o_sample, samples.w_stream),
            *_joined(results.r_stream, access.i_result),
            # While a word is on its way through the FIFO, it can for a cycle not be used.
            access.sample_room.eq(Mux(samples.w_rdy, SAMPLE_FIFO - stored, 0)),
            access.results_held.eq(Mux(results.r_rdy, held, 0)),
        ]

    join.streams("register_requests", access.o_register, registers.i, "sync", domain)
    join.streams("register_answers", registers.o, access.i_register, domain, "sync")
    join.streams("row_requests", access.o_host, rows.i, "sync", domain)
    join.streams("row_answers", rows.o, access.i_host, domain, "sync")
    connect(m, rows.o_host, engine.i_host)
    connect(m, engine.o_host, rows.i_host)
    connect(m, registers.bus, engine.bus)
    connect(m, words.o, engine.i_sample)
    given = Signal(layout(bus_formats.result_words(config)), name="given")
    m.d.comb += [
        *(given[field.name].eq(engine.o_result.payload[field.name])
          for field in bus_formats.result_words(config).fields),
        *_joined(samples.r_stream, words.i),
        results.w_stream.payload.eq(given),
        results.w_stream.valid.eq(engine.o_result.valid),
        engine.o_result.ready.eq(results.w_stream.ready),
    ]
    waited = delayed(m, results.r_rdy & ~results.r_en, 1, "result_held", control=True)
    m.d.comb += access.result.eq(results.r_rdy & ~waited)
    errors = words.error
    if clock is not None:
        crossing = join.fifo("errors", 1, domain, "sync", 0)
        m.d.comb += [crossing.w_en.eq(words.error), crossing.r_en.eq(1)]
        errors = crossing.r_rdy
    m.d.comb += access.sample_error.eq(errors)
    if config.engine.parity:
        wrong: Value = engine.parity_error
        if clock is not None:
            m.submodules.parity = FFSynchronizer(engine.parity_error, synchronised := Signal())
            wrong = synchronised
        was_wrong = delayed(m, wrong, 1, "was_wrong", control=True)
        m.d.comb += access.parity_error.eq(wrong & ~was_wrong)
    return Core(access, samples, results)


class _Joiner:
    """Joins streams of the bus and of the engine, which may be in two domains."""

    def __init__(self, m: Module, domain: str) -> None:
        self._m = m
        self._crosses = domain != "sync"

    def fifo(self, name: str, width: int, source: str, sink: str, depth: int) -> FIFOInterface:
        """A FIFO of `depth` words from one domain to the other; 0: only as many as it takes to
        have no path between its ends."""
        made: FIFOInterface
        if self._crosses:
            made = AsyncFIFO(width=width, depth=depth or _CROSSING, w_domain=source, r_domain=sink)
        elif depth:
            made = SyncFIFOBuffered(width=width, depth=depth)
        else:
            made = SyncFIFO(width=width, depth=2)
        self._m.submodules[name] = made
        return made

    def streams(self, name: str, source: stream.Interface, sink: stream.Interface, begins: str,
                ends: str) -> None:
        """Join a stream of one domain with one of the other."""
        if not self._crosses:
            connect(self._m, source, sink)
            return
        fifo = self.fifo(name, len(Value.cast(source.payload)), begins, ends, _REQUESTS)
        self._m.d.comb += [*_joined(source, fifo.w_stream), *_joined(fifo.r_stream, sink)]


def _joined(source: stream.Interface, sink: stream.Interface) -> list:
    """The connections of two streams, of which one can have words without structure."""
    return [Value.cast(sink.payload).eq(Value.cast(source.payload)), sink.valid.eq(source.valid),
            source.ready.eq(sink.ready)]
