"""Register bank: the registers that `pulsetrain.registers` declares, in hardware."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.device import engine_digest
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.library.memory import separate_memory
from pulsetrain.registers import Register, address_bits, constants, registers_of
from pulsetrain.spec import Config
from pulsetrain.spec.memories import REGISTER_WORDS


class RegisterBus(wiring.Signature):
    """A word-addressed register bus, seen from the host.

    The host holds `address`, and `write` and `write_data` if it writes, until `ready` is high at a
    clock edge. At this edge the register takes `write_data`; `read_data` is the register from then
    on, until the next edge with `ready`. `ready` follows within `RegisterBank.latency` cycles.
    """

    def __init__(self, config: Config) -> None:
        super().__init__({
            "address": Out(address_bits(config)), "write": Out(1), "write_data": Out(32),
            "ready": In(1), "read_data": In(32)})


class RegisterBank(Component):
    """All registers on one bus.

    The counters are in a memory of `spec.memories.REGISTER_WORDS` words, so that they need one
    adder together: one word after the other is visited, and what was counted since the visit before
    is added to it. A reset clears them in the first round, in which nothing is counted: an engine
    that is halted has no work to count. A register is read or written when its word is visited.
    What a counter was given to add up to two cycles before `ready` is in what is read, and is
    overwritten by a write; what it was given later is added to what was written. The register of
    `engine.parity` is visited together with the first one; neither is in the memory.

    Members: `bus`, In(RegisterBus), and for each register NAME, by its kind: constant: none.
        control: NAME, Out(bits), the value.
        status: NAME, In(bits), the value.
        counter: add_NAME, In, is added; at most `most_added`.
        state: NAME, In(bits), the value; write_NAME, Out(1), strobe: set it to
            `bus.write_data`.
    """

    latency = 2 * REGISTER_WORDS + 2
    """Cycles to `ready`, also after a reset."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._registers = registers_of(config)
        self._constants = constants(engine_digest(config))
        members = {"bus": In(RegisterBus(config))}
        for entry in self._registers:
            match entry.kind:
                case "control":
                    members[entry.name] = Out(entry.bits, init=entry.initial)
                case "status":
                    members[entry.name] = In(entry.bits)
                case "counter":
                    members[f"add_{entry.name}"] = In(range(most_added(config, entry) + 1))
                case "state":
                    members[entry.name] = In(entry.bits)
                    members[f"write_{entry.name}"] = Out(1)
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bus, size = self.bus, self._config.design.memories.registers
        m.submodules.memory = memory = separate_memory(size.bits, size)
        read, write = memory.read_port(), memory.write_port()
        visited = Signal(range(REGISTER_WORDS))
        m.d.sync += visited.eq(visited + 1)
        adds = delayed(m, visited, 1, "adds", control=True)
        ends = delayed(m, adds, 1, "ends", control=True)
        clears = Signal(init=1)
        with m.If(adds.all()):
            m.d.sync += clears.eq(0)

        total, counted = Signal(size.bits), self._counted(m, adds)
        with m.If(clears | ~self._is_counter(adds)):
            m.d.sync += total.eq(0)
        with m.Else():
            m.d.sync += total.eq(read.data + counted)
        writes = Signal()
        taken, found = writes, total
        if len(bus.address) > len(ends):  # other registers are visited together with these
            is_low = bus.address[len(ends):] == 0
            taken, found = writes & is_low, Mux(is_low, total, 0)
        m.d.comb += [
            bus.ready.eq((ends == bus.address[:len(ends)]) & ~clears),
            writes.eq(bus.write & bus.ready),
            read.addr.eq(visited), read.en.eq(1),
            write.addr.eq(ends), write.en.eq(self._is_counter(ends)),
            write.data.eq(Mux(taken, bus.write_data, total)),
        ]
        other = self._other(m, writes)
        with m.If(bus.ready):
            m.d.sync += bus.read_data.eq(found | other)
        return m

    def _is_counter(self, address: Value) -> Value:
        return address.matches(*(
            entry.address for entry in self._registers if entry.kind == "counter"))

    def _counted(self, m: Module, address: Value) -> Signal:
        """What the counter at `address` has counted since its last visit, which is this cycle."""
        counters = [entry for entry in self._registers if entry.kind == "counter"]
        most = {entry.name: most_added(self._config, entry) * REGISTER_WORDS for entry in counters}
        found = Signal(range(max(most.values()) + 1), name="counted")
        with m.Switch(address):
            for entry in counters:
                counted = Signal(range(most[entry.name] + 1), name=f"counted_{entry.name}")
                added = getattr(self, f"add_{entry.name}")
                m.d.sync += counted.eq(Mux(address == entry.address, added, counted + added))
                with m.Case(entry.address):
                    m.d.comb += found.eq(counted)
        return found

    def _other(self, m: Module, writes: Value) -> Signal:
        """The register at `bus.address` if it is not a counter, otherwise 0."""
        found = Signal(32, name="other")
        with m.Switch(self.bus.address):
            for entry in self._registers:
                if entry.kind != "counter":
                    with m.Case(entry.address):
                        m.d.comb += found.eq(self._value(m, entry, writes))
        return found

    def _value(self, m: Module, entry: Register, writes: Value) -> Value | int:
        """The value of `entry`, whose address is on the bus."""
        if entry.kind == "constant":
            return self._constants[entry.name]
        value = getattr(self, entry.name)
        if entry.kind == "control":
            with m.If(writes):
                m.d.sync += value.eq(self.bus.write_data)
        if entry.kind == "state":
            m.d.comb += getattr(self, f"write_{entry.name}").eq(writes)
        return value


def most_added(config: Config, entry: Register) -> int:
    """The most that is added to a counter in one cycle."""
    most = {"pulses": max(layer.outputs for layer in config.design.layers),
            "refreshes": config.engine.lanes, "refused": 2}
    return most.get(entry.name, 1)
