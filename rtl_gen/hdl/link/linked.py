"""Linked engine: the engine behind two pins, the core of every board."""

from amaranth.hdl import DomainRenamer, Module, Mux, Signal
from amaranth.lib.wiring import Component, In, Out, connect, flipped

from pulsetrain.hdl.engine.engine import Engine
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.library.domain import add_domain
from pulsetrain.hdl.store.sdram import SdramPins
from pulsetrain.hdl.store.stored import StoredEngine
from pulsetrain.protocol import (
    KIND_DATA,
    KIND_HELLO,
    KIND_RESEND,
    LEAST_WINDOWS,
    NO_SESSION,
    Windows,
)
from pulsetrain.registers import RESET_CYCLES
from pulsetrain.spec import Config
from pulsetrain.store.chips import Memory

from .executor import Executor
from .framer import Framer
from .inbox import Inbox
from .uart import UartReceiver, UartTransmitter
from .unframer import Unframer


class LinkedEngine(Component):
    """An engine and its link, with buffers of the sizes `windows`; a bit on the line takes
    `divisor` clock cycles.

    It accepts only frames of its session. The hello of another session begins that session: the
    engine is reset, except for its synapses, and both streams start from 0. After a refused command
    nothing is carried out until the next session.

    With a `memory`, it also has the store, and the commands of the memory. A session then changes
    nothing in the engine if a job stays.

    Members:
        rx: In, 1 bit, the line from the host; it may change at any time.
        tx: Out, 1 bit, the line to the host.
        activity: Out, 1 bit, changes with every whole frame.
        error: Out, 1 bit, the last frame was rejected, a command of the session was refused, or
            with `engine.parity` a row was read with a flipped bit.
        pins: Out(SdramPins), only with a memory.
    """

    def __init__(self, config: Config, divisor: int, memory: Memory | None = None, *,
                 windows: Windows = LEAST_WINDOWS) -> None:
        self._config = config
        self._divisor = divisor
        self._memory = memory
        self._windows = windows
        super().__init__({"rx": In(1, init=1), "tx": Out(1, init=1), "activity": Out(1),
                          "error": Out(1), **({"pins": Out(SdramPins())} if memory else {})})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        reset = self._domain(m, "work")
        m.submodules.receiver = receiver = UartReceiver(self._divisor)
        m.submodules.unframer = unframer = Unframer()
        m.submodules.transmitter = transmitter = UartTransmitter(self._divisor)
        inbox, framer = Inbox(self._windows.commands), Framer(self._windows.answers)
        executor = Executor(self._config, self._memory, windows=self._windows)
        for name, part in (("inbox", inbox), ("framer", framer), ("executor", executor)):
            m.submodules[name] = DomainRenamer("work")(part)
        engine, engine_reset = self._engine(m, executor)
        connect(m, inbox.o, executor.i)
        connect(m, executor.o, framer.i)
        connect(m, executor.o_sample, engine.i_sample)
        connect(m, engine.o_result, executor.i_result)
        connect(m, executor.o_host, engine.i_host)
        connect(m, engine.o_host, executor.i_host)
        connect(m, executor.bus, engine.bus)
        connect(m, framer.o, transmitter.i)
        self._receive(m, receiver, unframer)
        m.d.comb += self.tx.eq(transmitter.tx)

        header, session, rejected = unframer.header, Signal(8), Signal(8)
        # The header is whole long before its frame has ended, so these can be registers.
        greets, is_other, belongs, answered, resends = (Signal(name=name) for name in (
            "greets", "is_other", "belongs", "answered", "resends"))
        m.d.sync += [
            greets.eq(header.kind == KIND_HELLO),
            is_other.eq((header.kind == KIND_HELLO) & (header.session != session)),
            belongs.eq((header.kind != KIND_HELLO) & (header.session == session)
                       & (session != NO_SESSION)),
            answered.eq((header.kind != KIND_DATA) | (header.length != 0)),
            resends.eq(header.kind == KIND_RESEND),
        ]
        obeyed = unframer.good & belongs
        reply, broken = Signal(), Signal()
        ended = executor.refusal != 0
        ends, refused = ended & ~delayed(m, ended, 1, "had_ended", control=True), Signal(8)
        begins = unframer.good & is_other
        held = Signal(range(RESET_CYCLES), init=RESET_CYCLES - 1)
        m.d.sync += [
            held.eq(Mux(begins, RESET_CYCLES - 1, held - held.any())),
            engine_reset.eq(begins | held.any()),
            reset.eq(begins),
            reply.eq(unframer.bad | inbox.opened | (unframer.good & answered) | ends),
            framer.reply.eq(reply),  # one cycle after a reset, which would clear it
            self.activity.eq(self.activity ^ unframer.good),
            self.error.eq(broken | ended | engine.parity_error if self._config.engine.parity
                          else broken | ended),
        ]
        with m.If(unframer.good & greets):
            m.d.sync += session.eq(header.session)
        with m.If(unframer.good):
            m.d.sync += broken.eq(0)
        with m.If(unframer.bad):
            m.d.sync += [broken.eq(1), rejected.eq(rejected + 1)]
        with m.If(ends):
            m.d.sync += [executor.was_refused.eq(1), refused.eq(refused + 1)]
        m.d.comb += [
            inbox.position.eq(header.position),
            inbox.valid.eq(unframer.payload_valid),
            inbox.byte.eq(unframer.payload),
            inbox.keep.eq(obeyed),
            inbox.drop.eq((unframer.good & ~obeyed) | unframer.bad),
            framer.resend.eq(obeyed & resends),
            framer.acknowledge.eq(obeyed),
            framer.acknowledged.eq(header.acknowledged),
            framer.session.eq(session),
            framer.received.eq(inbox.received),
            framer.consumed.eq(inbox.consumed),
            framer.rejected.eq(rejected),
            framer.refused.eq(refused),
            framer.refusal.eq(executor.refusal),
        ]
        return m

    def _engine(self, m: Module, executor: Executor) -> tuple[Engine | StoredEngine, Signal]:
        """The engine with or without a store, and its reset, a register."""
        if self._memory is None:
            reset = self._domain(m, "engine")
            engine = Engine(self._config)
            m.submodules.engine = DomainRenamer("engine")(engine)
            return engine, reset
        reset = Signal(init=1, name="engine_reset")
        m.submodules.engine = stored = StoredEngine(self._config, self._memory)
        connect(m, executor.o_word, stored.i_word)
        connect(m, flipped(self.pins), stored.pins)
        m.d.comb += [stored.restart.eq(reset), executor.job_read_data.eq(stored.job_read_data)]
        for name in ("job_address", "job_write", "job_write_data"):
            m.d.comb += getattr(stored, name).eq(getattr(executor, name))
        for name in ("working", "keeps", "stays", "failed"):
            m.d.comb += getattr(executor, name).eq(getattr(stored, name))
        return stored, reset

    def _domain(self, m: Module, name: str) -> Signal:
        """Make the domain `name`; returns its reset, a register that a reset of the link sets."""
        reset = Signal(init=1, name=f"{name}_reset")
        add_domain(m, name, reset)
        return reset

    def _receive(self, m: Module, receiver: UartReceiver, unframer: Unframer) -> None:
        m.d.comb += [
            receiver.rx.eq(self.rx),
            unframer.valid.eq(receiver.valid),
            unframer.byte.eq(receiver.byte),
            unframer.error.eq(receiver.error),
        ]
