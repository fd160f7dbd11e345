"""Bench of the register bank: random bus traffic against the declaration of the registers."""

from collections import deque

from pulsetrain.device import engine_digest
from pulsetrain.hdl.engine.registers import RegisterBank, most_added
from pulsetrain.registers import (
    IDENTITY,
    Register,
    address_bits,
    digest_words,
    registers_of,
    version_word,
)
from pulsetrain.spec import Config
from pulsetrain.spec.memories import REGISTER_WORDS

from .scaffold import Bench, Block, bench_test, check_reset

CYCLES = 2500


def _quiet(config: Config) -> dict[str, int]:
    return {"bus__write": 0, "bus__address": 0, **{
        f"add_{entry.name}" if entry.kind == "counter" else entry.name: 0
        for entry in registers_of(config) if entry.kind in ("counter", "status", "state")}}


@bench_test
async def bus_equals_the_declaration(block: Block) -> None:
    """Reads of all addresses and writes of all registers, while counters count."""
    config = block.config
    bench = Bench(block, RegisterBank, _quiet(config))
    await bench.reset()
    kept, read = _Kept(bench.config), None
    address = write = data = waited = transfers = 0
    for cycle in range(CYCLES):
        if not waited:
            address = int(bench.random.integers(1 << address_bits(config)))
            write = int(bench.chance(0.3))
            data = int(bench.random.choice(
                [0, 1, 0xFFFFFFFF, 0xFFFFF000, bench.random.integers(1 << 32)]))
        inputs = _quiet(config) if cycle <= REGISTER_WORDS else _random_inputs(bench)
        inputs = {name: value for name, value in inputs.items() if not name.startswith("bus__")}
        await bench.cycle(bus__address=address, bus__write=write,
                          bus__write_data=data if write else None, **inputs)
        bench.expect("bus__read_data", read)
        ready = bench.get("bus__ready")
        assert ready in (0, 1)
        kept.expect(bench, address if write and ready else None)
        waited = 0 if ready else waited + 1
        assert waited <= RegisterBank.latency, "the bus is never ready"
        if ready:
            read = None if write else kept.value(address, inputs)
            transfers += 1
        if write and ready:
            kept.write(address, data)
        kept.step(inputs)
    assert transfers > CYCLES / RegisterBank.latency


@bench_test
async def resets(block: Block) -> None:
    """A reset halts the engine, opens the gate and clears the counters."""
    config = block.config
    outputs = [name for entry in registers_of(config) for name in (
        {"control": [entry.name], "state": [f"write_{entry.name}"]}.get(entry.kind, []))]
    await check_reset(Bench(block, RegisterBank, _quiet(config)), [*outputs, "bus__ready"])
    bench = Bench(block, RegisterBank, _quiet(config))
    await bench.reset()
    kept = _Kept(bench.config)
    kept.expect(bench, None)
    for entry in registers_of(config):
        await bench.cycle(bus__address=entry.address)
        while not bench.get("bus__ready"):
            await bench.cycle(bus__address=entry.address)
        await bench.cycle()
        bench.expect("bus__read_data", kept.value(entry.address, dict.fromkeys(_quiet(config), 0)))


class _Kept:
    """The model: what the bank itself keeps, by name."""

    def __init__(self, config: Config) -> None:
        self._registers = registers_of(config)
        high, low = digest_words(engine_digest(config))
        self._constants = {"identity": IDENTITY, "version": version_word(), "digest_high": high,
                           "digest_low": low}
        self._values = {entry.name: entry.initial for entry in self._registers
                        if entry.kind in ("control", "counter")}
        counters = [entry.name for entry in self._registers if entry.kind == "counter"]
        self._coming = {name: deque([0]) for name in counters}

    def expect(self, bench: Bench, written: int | None) -> None:
        """The controls, and the strobe of a state register while its address is `written`."""
        for entry in self._registers:
            if entry.kind == "control":
                bench.expect(entry.name, self._values[entry.name])
            elif entry.kind == "state":
                bench.expect(f"write_{entry.name}", int(written == entry.address))

    def value(self, address: int, inputs: dict[str, int]) -> int:
        """What a read of `address` gives; 0 where no register is declared."""
        entry = self._declared(address)
        if entry is None:
            return 0
        return (self._constants | inputs | self._values)[entry.name]

    def step(self, inputs: dict[str, int]) -> None:
        """Count, modulo 2^32, the events of the cycle before: in a cycle, those of two cycles
        before it are counted."""
        for name, coming in self._coming.items():
            self._values[name] = (self._values[name] + coming.popleft()) % (1 << 32)
            coming.append(inputs[f"add_{name}"])

    def write(self, address: int, data: int) -> None:
        """A write; registers that the bank does not keep, or that are read-only, do not change."""
        entry = self._declared(address)
        if entry is not None and entry.name in self._values:
            self._values[entry.name] = data % (1 << entry.bits)

    def _declared(self, address: int) -> Register | None:
        return next((entry for entry in self._registers if entry.address == address), None)


def _random_inputs(bench: Bench) -> dict[str, int]:
    inputs = {}
    for entry in registers_of(bench.config):
        if entry.kind == "counter":
            most = most_added(bench.config, entry)
            increments = [0, 1, most, bench.random.integers(most + 1)]
            inputs[f"add_{entry.name}"] = int(bench.random.choice(increments))
        elif entry.kind in ("status", "state"):
            inputs[entry.name] = int(bench.random.integers(1 << entry.bits))
    return inputs
