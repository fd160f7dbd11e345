"""Register bank: the registers that `pulsetrain.registers` declares, in hardware."""

from amaranth.hdl import Module, Signal, ValueLike
from amaranth.lib import wiring
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.device import engine_digest
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.registers import (
    ADDRESS_BITS,
    IDENTITY,
    REGISTERS,
    Register,
    digest_words,
    version_word,
)
from pulsetrain.spec import Config

_INCREMENT_BITS = 13  # a row pulses at most 4096 synapses


class RegisterBus(wiring.Signature):
    """A word-addressed register bus, seen from the host.

    `read_data` is the register at the `address` of the previous cycle. A register takes
    `write_data` at the clock edge at which `write` is high.
    """

    def __init__(self) -> None:
        super().__init__({"address": Out(ADDRESS_BITS), "write": Out(1), "write_data": Out(32),
                          "read_data": In(32)})


class RegisterBank(Component):
    """All registers on one bus; latency one cycle.

    Members: `bus`, In(RegisterBus), and for each register NAME, by its kind: constant: none.
        control: NAME, Out(bits), the value.
        status: NAME, In(bits), the value.
        counter: add_NAME, In(13), is added one cycle later, unless the register is written then.
        state: NAME, In(bits), the value; write_NAME, Out(1), strobe: set it to
            `bus.write_data`.
    """

    latency = 1

    def __init__(self, config: Config) -> None:
        high, low = digest_words(engine_digest(config))
        self._constants = {"identity": IDENTITY, "version": version_word(),
                           "digest_high": high, "digest_low": low}
        members = {"bus": In(RegisterBus())}
        for entry in REGISTERS:
            match entry.kind:
                case "control":
                    members[entry.name] = Out(entry.bits, init=entry.initial)
                case "status":
                    members[entry.name] = In(entry.bits)
                case "counter":
                    members[f"add_{entry.name}"] = In(_INCREMENT_BITS)
                case "state":
                    members[entry.name] = In(entry.bits)
                    members[f"write_{entry.name}"] = Out(1)
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bus = self.bus
        values = {entry.address: self._value(m, entry) for entry in REGISTERS}
        with m.Switch(bus.address):
            for address, value in values.items():
                with m.Case(address):
                    m.d.sync += bus.read_data.eq(value)
            with m.Default():
                m.d.sync += bus.read_data.eq(0)
        return m

    def _value(self, m: Module, entry: Register) -> ValueLike:
        written = self.bus.write & (self.bus.address == entry.address)
        match entry.kind:
            case "constant":
                return self._constants[entry.name]
            case "control":
                value = getattr(self, entry.name)
                with m.If(written):
                    m.d.sync += value.eq(self.bus.write_data)
                return value
            case "counter":
                value = Signal(entry.bits, name=entry.name)
                added = delayed(m, getattr(self, f"add_{entry.name}"), 1, f"added_{entry.name}",
                                control=True)
                m.d.sync += value.eq(value + added)
                with m.If(written):
                    m.d.sync += value.eq(self.bus.write_data)
                return value
            case "state":
                m.d.comb += getattr(self, f"write_{entry.name}").eq(written)
        return getattr(self, entry.name)
