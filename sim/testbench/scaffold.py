"""Scaffold of the benches: one component, its ports as plain Python values, one cycle at a time.

A bench drives the inputs of a cycle at its beginning and reads the outputs at its end. An input
that a cycle does not mention has its quiet value if the bench names one; otherwise it is unknown:
X, or random bits in a simulator that has no X.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from amaranth.lib.wiring import Component, In
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge, Timer
from cocotb.types import LogicArray

from pulsetrain.formats.struct import Format
from pulsetrain.spec import Config
from pulsetrain.spec.load import config_from_json

from .packing import format_of, matches, pack, unpack

CONFIGURATION, SEED = "PULSETRAIN_CONFIG", "PULSETRAIN_SEED"
"""Environment variables: a file with the configuration in JSON, and the seed of the stimuli."""

TIMEOUT = {"timeout_time": 2, "timeout_unit": "ms"}
"""Simulated time that a test has: 200,000 cycles."""

_PERIOD_NS = 10
_RESET_CYCLES = 3

Values = Mapping[str, Any]


class Bench:
    """The component that `make` gives for the configuration, in the simulator.

    `quiet` holds the inputs that are never unknown, and the values they have when a cycle does
    not mention them. `random` is seeded and also drives the test's stimuli.
    """

    def __init__(self, dut: Any, make: Callable[[Config], Component],
                 quiet: Values | None = None) -> None:
        self.config = config_from_json(Path(os.environ[CONFIGURATION]).read_text(encoding="utf-8"))
        self.component = make(self.config)
        self.random = np.random.default_rng(int(os.environ[SEED]))
        self._quiet = dict(quiet or {})
        self._dut = dut
        self._cycle = 0
        self._formats: dict[str, Format] = {}
        self.inputs: list[str] = []
        self._driven: dict[str, tuple[int, int]] = {}
        for path, member, _ in self.component.signature.flatten(self.component):
            name = "__".join(str(part) for part in path)
            self._formats[name] = format_of(member.shape)
            if member.flow == In:
                self.inputs.append(name)
        self._clocked = hasattr(dut, "clk")
        if self._clocked:
            Clock(dut.clk, _PERIOD_NS, unit="ns").start()
        dut._log.info("configuration %s, seed %s", self.config.name, os.environ[SEED])

    def keep(self, **values: Any) -> None:
        """From now on these inputs have these values where a cycle does not mention them."""
        self._quiet |= values

    async def reset(self) -> None:
        """Hold reset for three clocks, the inputs quiet or unknown."""
        self._dut.rst.value = 1
        for _ in range(_RESET_CYCLES):
            await self.cycle()
        self._dut.rst.value = 0

    async def cycle(self, **values: Any) -> None:
        """One clock cycle with these inputs; what is read afterwards is from its end."""
        self.drive(**values)
        await self.edge()

    def drive(self, **values: Any) -> None:
        """Give every input its value for the cycle that begins."""
        unheard = values.keys() - set(self.inputs)
        if unheard:
            raise ValueError(f"no such input: {', '.join(sorted(unheard))}")
        for name in self.inputs:
            self.change(name, values.get(name, self._quiet.get(name)))

    def change(self, name: str, value: Any) -> None:
        """Give one input a value; None, here or in a part of it, is unknown.

        Without X, unknown parts of a value keep their random bits for as long as the value stays.
        """
        form = self._formats[name]
        word, unknown = pack(form, value)
        noisy = unknown and cocotb.SIM_NAME.startswith("Verilator")
        if self._driven.get(name) == (word, unknown) and not (noisy and value is None):
            return
        self._driven[name] = word, unknown
        if noisy:
            noise = int.from_bytes(self.random.bytes(form.bits // 8 + 1), "little")
            word, unknown = word | noise & unknown, 0
        handle = getattr(self._dut, name)
        if not unknown:
            handle.value = word
        else:
            bits = range(form.bits - 1, -1, -1)
            handle.value = LogicArray("".join(
                "X" if unknown >> bit & 1 else str(word >> bit & 1) for bit in bits))

    async def settle(self) -> None:
        """Let the outputs of the running cycle follow its inputs."""
        await Timer(1, unit="ns")

    async def edge(self) -> None:
        """Wait for the end of the cycle."""
        if self._clocked:
            await RisingEdge(self._dut.clk)
        else:
            await Timer(_PERIOD_NS, unit="ns")
        self._cycle += 1

    def get(self, name: str) -> Any:
        """An output; None instead of every part of it that is unknown."""
        value = getattr(self._dut, name).value
        if value.is_resolvable:
            return unpack(self._formats[name], int(value), 0)
        text = str(value)
        word = int("".join("1" if bit == "1" else "0" for bit in text), 2)
        unknown = int("".join("0" if bit in "01" else "1" for bit in text), 2)
        return unpack(self._formats[name], word, unknown)

    def expect(self, name: str, wanted: Any) -> None:
        """The output must be `wanted`; None, also in a part of it, allows anything."""
        if wanted is None:
            return
        found = self.get(name)
        assert matches(found, wanted), f"cycle {self._cycle}: {name} is {found}, not {wanted}"

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return bool(self.random.random() < probability)

    def noise(self, name: str) -> Any:
        """Any known value of an input."""
        form = self._formats[name]
        return form.unpack(int.from_bytes(self.random.bytes(form.bits // 8 + 1), "little"))


async def check_pipeline(bench: Bench, rows: Iterable[tuple[Values, Values]],
                         latencies: Mapping[str, int], *, quiet: Values | None = None,
                         held: Iterable[str] = (), idle: float = 0.3) -> None:
    """Send rows with random idle cycles between them; every answer must have its exact latency.

    `rows`: (inputs, expected outputs). `latencies`: cycles from a row to each output that is
    checked. `quiet`: the value of an output while there is no answer; `held`: the outputs that
    keep their last answer then.
    """
    quiet, held = quiet or {}, set(held)
    due = {name: deque([quiet.get(name)] * latency) for name, latency in latencies.items()}
    last: dict[str, Any] = {}

    async def step(inputs: Values, expected: Values) -> None:
        await bench.cycle(**inputs)
        for name, queue in due.items():
            queue.append(expected.get(name, quiet.get(name)))
            wanted = queue.popleft()
            if wanted is not None:
                last[name] = wanted
            bench.expect(name, last.get(name) if name in held else wanted)

    for inputs, expected in rows:
        while bench.chance(idle):
            await step({}, {})
        await step(inputs, expected)
    for _ in range(max(latencies.values()) + 2):
        await step({}, {})


async def check_reset(bench: Bench, control: Iterable[str]) -> None:
    """After every reset the outputs `control` behave as after the first one."""
    first = await _after_reset(bench, control)
    for _ in range(200):
        await bench.cycle(**{name: bench.noise(name) for name in bench.inputs})
    assert await _after_reset(bench, control) == first
    assert all(value is not None for values in first for value in values), f"unknown in {first}"


async def _after_reset(bench: Bench, control: Iterable[str]) -> list[list[Any]]:
    await bench.reset()
    seen = []
    for _ in range(16):
        await bench.cycle()
        seen.append([bench.get(name) for name in control])
    return seen
