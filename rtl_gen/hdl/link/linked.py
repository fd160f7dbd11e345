"""Linked engine: the engine behind two pins, the core of every board."""

from amaranth.hdl import (
    ClockDomain,
    ClockSignal,
    DomainRenamer,
    Module,
    Mux,
    ResetSignal,
    Signal,
)
from amaranth.lib.wiring import Component, In, Out, connect

from pulsetrain.hdl.engine.engine import Engine
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.protocol import KIND_DATA, KIND_HELLO, KIND_RESEND, NO_SESSION
from pulsetrain.registers import RESET_CYCLES
from pulsetrain.spec import Config

from .executor import Executor
from .framer import Framer
from .inbox import Inbox
from .uart import UartReceiver, UartTransmitter
from .unframer import Unframer


class LinkedEngine(Component):
    """An engine and its link; a bit on the line takes `divisor` clock cycles.

    It accepts only frames of its session. The hello of another session begins that session: the
    engine is reset, except for its synapses, and both streams start from 0. After a refused command
    nothing is carried out until the next session.

    Members:
        rx: In, 1 bit, the line from the host; it may change at any time.
        tx: Out, 1 bit, the line to the host.
        activity: Out, 1 bit, changes with every whole frame.
        error: Out, 1 bit, the last frame was rejected, or a command of the session was refused.
    """

    def __init__(self, config: Config, divisor: int) -> None:
        self._config = config
        self._divisor = divisor
        super().__init__({"rx": In(1, init=1), "tx": Out(1, init=1), "activity": Out(1),
                          "error": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        reset, engine_reset = (self._domain(m, name) for name in ("work", "engine"))
        m.submodules.receiver = receiver = UartReceiver(self._divisor)
        m.submodules.unframer = unframer = Unframer()
        m.submodules.transmitter = transmitter = UartTransmitter(self._divisor)
        inbox, framer = Inbox(), Framer()
        engine, executor = Engine(self._config), Executor(self._config)
        for name, domain, part in (
                ("inbox", "work", inbox), ("framer", "work", framer),
                ("executor", "work", executor), ("engine", "engine", engine)):
            m.submodules[name] = DomainRenamer(domain)(part)
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
        greets = header.kind == KIND_HELLO
        obeyed = (unframer.good & (header.session == session) & (session != NO_SESSION)
                  & ~greets)
        answered = (header.kind != KIND_DATA) | (header.length != 0)
        reply, broken = Signal(), Signal()
        ended = executor.refusal != 0
        ends, refused = ended & ~delayed(m, ended, 1, "had_ended", control=True), Signal(8)
        begins = unframer.good & greets & (header.session != session)
        held = Signal(range(RESET_CYCLES), init=RESET_CYCLES - 1)
        m.d.sync += [
            held.eq(Mux(begins, RESET_CYCLES - 1, held - held.any())),
            engine_reset.eq(begins | held.any()),
            reset.eq(begins),
            reply.eq(unframer.bad | inbox.opened | (unframer.good & answered) | ends),
            framer.reply.eq(reply),  # one cycle after a reset, which would clear it
            self.activity.eq(self.activity ^ unframer.good),
            self.error.eq(broken | ended),
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
            framer.resend.eq(obeyed & (header.kind == KIND_RESEND)),
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

    def _domain(self, m: Module, name: str) -> Signal:
        """Make the domain `name`, of the same clock; returns its reset, a register.

        It drives many registers, so there is no logic behind it. A reset of the link also sets it.
        """
        m.domains += ClockDomain(name, local=True)
        reset = Signal(init=1, name=f"{name}_reset")
        m.d.comb += [ClockSignal(name).eq(ClockSignal()), ResetSignal(name).eq(reset)]
        return reset

    def _receive(self, m: Module, receiver: UartReceiver, unframer: Unframer) -> None:
        m.d.comb += [
            receiver.rx.eq(self.rx),
            unframer.valid.eq(receiver.valid),
            unframer.byte.eq(receiver.byte),
            unframer.error.eq(receiver.error),
        ]
