"""Checks of an engine behind any bus; they run inside the simulator."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject, LogicObject
from cocotb.triggers import ClockCycles, RisingEdge, Timer
from cocotb.utils import get_sim_time
from small import small_data

from pulsetrain.bus_map import (
    ADDRESS_BITS,
    ROW_READ,
    ROW_WRITE,
    BusRegister,
    bus_registers,
    data_words,
)
from pulsetrain.formats.samples import pack_samples
from pulsetrain.formats.words import from_words
from pulsetrain.golden import GoldenEngine, initial_state
from pulsetrain.host.bus import BusHost, BusPort
from pulsetrain.memory_map import pack_rows, to_slices
from pulsetrain.registers import MODE_RUN, RESET_CYCLES, STATUS_SAMPLE_READY, register
from pulsetrain.run.divergence import state_differences
from pulsetrain.spec import Config
from pulsetrain.spec.load import load_config

FOLDER = "BUS_FOLDER"
"""The variable with the folder of a configuration NAME.json for each engine."""

SAMPLES, EVERY = 8, 4
STREAMED = 30
"""Samples that are timed."""
PERIOD = 10


class TryingPort(BusPort, Protocol):
    """A port on which an access can be refused."""

    async def try_read(self, address: int) -> int | None:
        """The register at the byte `address`; None if the access is refused."""

    async def try_write(self, address: int, octets: bytes) -> bool:
        """Write bytes from `address` on; False if the access is refused."""


def configuration(name: str) -> Config:
    """The configuration of the engine `name`."""
    return load_config(str(Path(os.environ[FOLDER]) / f"{name}.json"))


async def leave_reset(dut: HierarchyObject, clock: LogicObject, reset: LogicObject, *, active: int,
                      engine_period: int, connect: Callable[[], BusPort]) -> BusPort:
    """Start the clocks, and reset for one clock cycle; the port that `connect` makes meanwhile.

    `engine_period` is that of the engine's own clock in ps; 0: it has none. With one, the reset
    lasts for `RESET_CYCLES`.
    """
    await Timer(1, "ns")  # Icarus loses what is set at the very start
    Clock(clock, PERIOD, unit="ns").start()
    if engine_period:
        Clock(dut.engine_clk, engine_period, unit="ps").start()
    reset.value = active
    port = connect()
    await ClockCycles(clock, RESET_CYCLES if engine_period else 2)
    reset.value = not active
    return port


async def streamed_cycles(host: BusHost, name: str, done: Callable[[], Awaitable[object]]
                          ) -> tuple[float, int]:
    """Cycles that `STREAMED` samples take over the bus until `done`, and in the bare engine."""
    data = small_data(host.config)
    x, labels = data.x_train[:STREAMED], data.y_train[:STREAMED]
    await host.write("mode", 1)
    begun = get_sim_time("ns")
    await host.send(x, labels, train=False)
    await done()
    taken = (get_sim_time("ns") - begun) / PERIOD
    bare = await cycles_of_the_bare_engine(name, x, labels)
    cocotb.log.info("%s: %d cycles over %s, %d bare", name, taken, host.bus, bare)
    return taken, bare


async def check_training(host: BusHost) -> None:
    """Train from the initial state; results, all states and all counters must be as in the model.
    """
    data, model = small_data(host.config), GoldenEngine(host.config, count_cycles=True)
    await host.load(initial_state(host.config))
    await host.write("mode", 1)
    for start in range(0, SAMPLES, EVERY):
        x, labels = (part[start:start + EVERY] for part in (data.x_train, data.y_train))
        expected = model.train(x, labels)
        await host.send(x, labels)
        got = await host.results(EVERY)
        assert [result["prediction"] for result in got] == expected.classes.tolist()
        assert [result["cycles"] for result in got] == expected.cycles.tolist()
        assert [result["error"] for result in got] == expected.errors.tolist()
        assert all(result["train"] for result in got)
        assert not list(state_differences(start + EVERY, model.read(), await host.state()))
    x, labels = data.x_test[:2], data.y_test[:2]
    await host.send(x, labels, train=False)
    got = await host.results(2)
    assert [result["prediction"] for result in got] == model.infer(x, labels).classes.tolist()
    assert not any(result["train"] for result in got)
    assert await host.pending() == {"result", "row_done"}


async def check_registers(host: BusHost, port: TryingPort) -> None:
    """Registers are as declared: reset values, what is refused, bytes of a row."""
    await check_reset_values(host, port)
    await check_refusals(host, port)
    await check_row_bytes(host, port)


async def check_reset_values(host: BusHost, port: TryingPort) -> None:
    """Every register that can be read has the value that the map says, and no others answer."""
    entries, found = bus_registers(host.config, host.bus), set()
    for entry in entries:
        for place in range(entry.count):
            found.add(address := entry.address + 4 * place)
            expected = entry.reset if entry.readable and entry.name != "result" else None
            assert await port.try_read(address) == expected, entry.name
            await port.try_write(bus_address(host, "interrupt_pending"), bytes([15, 0, 0, 0]))
    others = [address for address in range(0, 1 << ADDRESS_BITS, 4) if address not in found]
    for address in (*others[:3], *others[-2:]):
        assert await port.try_read(address) is None
        assert not await port.try_write(address, bytes(4))
    assert await host.pending() == {"access_error"}


async def check_refusals(host: BusHost, port: TryingPort) -> None:
    """What must not be written is refused, and changes nothing."""
    for entry in bus_registers(host.config, host.bus):
        if entry.count > 1 or entry.name in ("interrupt_pending", "row_command") or (
                entry.volatile and entry.access == "read-only") or "sample_" in entry.name:
            continue
        before = await port.try_read(entry.address)
        for octets in refused_values(entry):
            assert not await port.try_write(entry.address, octets), (entry.name, octets)
        assert await port.try_read(entry.address) == before or entry.volatile, entry.name
    enable = bus_address(host, "interrupt_enable")
    for offset, octets in ((0, b"\x0f"), (1, b"\0\0\0"), (0, b"\x0f\0"), (2, b"\0\0")):
        assert not await port.try_write(enable + offset, octets)
    assert await host.read("interrupt_enable") == 0
    assert await host.pending() == {"access_error"}


def refused_values(entry: BusRegister) -> list[bytes]:
    """Values that the register does not take."""
    if not entry.writable:
        return [bytes(4)]
    wrong = {entry.least - 1, entry.most + 1, (1 << 32) - 1, 1 << 31} - {1 << 32, -1}
    return [value.to_bytes(4, "little") for value in wrong
            if not entry.least <= value <= entry.most]


async def check_row_bytes(host: BusHost, port: TryingPort) -> None:
    """Bytes of `row_data` can be written by themselves, at any address; a row with a state that no
    device has is refused."""
    base, size = bus_address(host, "row_data"), 4 * data_words(host.config)
    expected = bytearray(size)
    assert await port.try_write(base, bytes(size))
    for place in range(size):
        expected[place] = 17 * (place + 1) & 255
        assert await port.try_write(base + place, bytes([expected[place]]))
    read = b"".join([(await port.try_read(base + place)).to_bytes(4, "little")
                     for place in range(0, size, 4)])
    assert read == bytes(expected)
    undefined = any(octet & 15 >= host.config.design.states for octet in expected)
    assert undefined == (host.config.design.states < 16)
    command = bus_address(host, "row_command")
    assert await port.try_write(command, ROW_WRITE.to_bytes(4, "little")) != undefined


async def check_busy_rows(host: BusHost, port: TryingPort) -> None:
    """While a row command waits for the end of a sample, registers of rows cannot be written."""
    data, model = small_data(host.config), GoldenEngine(host.config)
    x, labels = data.x_train[:1], data.y_train[:1]
    await host.load(model.read())
    await host.pending()
    await host.send(x, labels)
    model.train(x, labels)
    while not await host.read("status") & STATUS_SAMPLE_READY:
        pass
    await host.write("mode", MODE_RUN)
    await host.write("row_command", ROW_READ)
    for name in ("row_address", "row_slice", "row_command", "row_data"):
        assert not await port.try_write(bus_address(host, name), bytes([1, 0, 0, 0])), name
    assert await host.read("bus_status") == 1
    while await host.read("bus_status"):
        pass
    first, *others = to_slices(host.config, pack_rows(host.config, model.read())[0])
    base = bus_address(host, "row_data")
    for word in range(data_words(host.config)):
        assert await port.read(base + 4 * word) == first >> 32 * word & 0xFFFFFFFF
    assert [await host.read("row_slice"), await host.read("row_address")] == (
        [1, 0] if others else [0, 1])
    await host.results(1)
    assert await host.pending() == {"access_error", "result", "row_done"}


async def cycles_of_the_bare_engine(name: str, x: np.ndarray, labels: np.ndarray) -> int:
    """Cycles of the engine `name`, from the first transfer of samples that are only classified to
    the last result."""
    bare, config = cocotb.tops[name], configuration(name)
    Clock(bare.clk, PERIOD, unit="ns").start()
    for signal in (bare.i_sample__valid, bare.i_host__valid):
        signal.value = 0
    bare.o_result__ready.value = 1
    bare.rst.value = 1
    await ClockCycles(bare.clk, RESET_CYCLES + 1)
    bare.rst.value = 0
    bare.bus__address.value = register("mode").address
    bare.bus__write.value, bare.bus__write_data.value = 1, MODE_RUN
    await RisingEdge(bare.bus__ready)
    await RisingEdge(bare.clk)
    bare.bus__write.value = 0
    words, _ = pack_samples(config, x, labels, train=False, unit=np.uint32)
    begun, left, results = get_sim_time("ns"), from_words(words)[::-1], 0
    while results < len(x):
        bare.i_sample__valid.value = bool(left)
        if left:
            bare.i_sample__payload.value = left[-1]
        await RisingEdge(bare.clk)
        if left and bare.i_sample__ready.value == 1:
            left.pop()
        results += bare.o_result__valid.value == 1
    return round((get_sim_time("ns") - begun) / PERIOD)


def bus_address(host: BusHost, name: str) -> int:
    """The byte address of the register `name`."""
    return {entry.name: entry.address for entry in bus_registers(host.config, host.bus)}[name]
