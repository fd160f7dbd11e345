"""BusHost: what a processor does with an engine behind a bus, over any port to that bus."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from pulsetrain.bus_map import (
    ROW_READ,
    ROW_WRITE,
    WORD_BYTES,
    bus_registers,
    data_words,
    interrupts,
)
from pulsetrain.formats import bus as bus_formats
from pulsetrain.golden import State
from pulsetrain.golden.synapse import COUNTERS
from pulsetrain.memory_map import from_slices, pack_rows, to_slices, unpack_rows
from pulsetrain.spec import Config
from pulsetrain.spec.memories import slices


class BusPort(Protocol):
    """A port to the registers of a bus, and to the samples and results of an engine behind it."""

    async def read(self, address: int) -> int:
        """The register at the byte `address`."""

    async def write(self, address: int, value: int) -> None:
        """Write the register at the byte `address`."""

    async def send(self, octets: bytes, user: int) -> None:
        """Send one sample: `formats.bus.pack_sample`, and a packed `formats.bus.sample_user`."""

    async def take(self, count: int) -> Sequence[int]:
        """The next `count` results: packed `formats.bus.result_words`."""


class BusHost:
    """An engine of `config` behind `bus`, reached over `port`."""

    def __init__(self, config: Config, bus: str, port: BusPort) -> None:
        self.config, self.bus, self.port = config, bus, port
        self._registers = {entry.name: entry for entry in bus_registers(config, bus)}

    async def read(self, name: str) -> int:
        """Read the register called `name`."""
        return await self.port.read(self._registers[name].address)

    async def write(self, name: str, value: int) -> None:
        """Write the register called `name`."""
        await self.port.write(self._registers[name].address, value)

    async def load(self, state: State) -> None:
        """Write every synapse, the generator's word and the counters."""
        await self.write("row_address", 0)
        await self.write("row_slice", 0)
        for row in pack_rows(self.config, state):
            for packed in to_slices(self.config, row):
                for word in range(data_words(self.config)):
                    await self.port.write(self._data(word), packed >> 32 * word & 0xFFFFFFFF)
                await self._command(ROW_WRITE)
        for name in COUNTERS:
            await self.write(name, state.counters[name])
        await self.write("generator", state.generator)

    async def state(self) -> State:
        """Read every synapse, the generator's word and the counters."""
        await self.write("row_address", 0)
        await self.write("row_slice", 0)
        packed = []
        for _ in range(self.config.design.rows * len(slices(self.config))):
            await self._command(ROW_READ)
            packed.append(sum([await self.port.read(self._data(word)) << 32 * word
                               for word in range(data_words(self.config))]))
        counters = {name: await self.read(name) for name in COUNTERS}
        return unpack_rows(self.config, from_slices(self.config, packed),
                           await self.read("generator"), counters)

    async def send(self, x: np.ndarray, labels: np.ndarray, *, train: bool = True) -> None:
        """Send samples `x` (n, N) uint8 with `labels` (n,)."""
        user = bus_formats.sample_user(self.config)
        for sample, label in zip(x, labels, strict=True):
            await self.port.send(bus_formats.pack_sample(self.config, sample),
                                 user.pack({"label": int(label), "train": int(train)}))

    async def results(self, count: int) -> list[dict[str, int]]:
        """The next `count` results, as the fields of `formats.bus.result_words`."""
        form = bus_formats.result_words(self.config)
        return [form.unpack(word) for word in await self.port.take(count)]

    async def pending(self) -> set[str]:
        """The names of the pending interrupts, which are cleared."""
        bits = await self.read("interrupt_pending")
        await self.write("interrupt_pending", bits)
        return {name for place, name in enumerate(interrupts(self.config)) if bits >> place & 1}

    async def _command(self, command: int) -> None:
        await self.write("row_command", command)
        while await self.read("bus_status"):
            pass

    def _data(self, word: int) -> int:
        return self._registers["row_data"].address + WORD_BYTES * word
