"""Scaffold of the benches: one component, its ports as plain Python values, one cycle at a time.

One simulation holds many components: every bench that is run in it, for each of its configurations.
The top has all their ports (see `port_name`). A component whose bench is not running has no clock,
so it costs nothing.

A bench drives the inputs of a cycle at its beginning and reads the outputs at its end. An input
that a cycle does not mention has its quiet value if the bench gives one; otherwise it is unknown:
X, or random bits in a simulator that has no X.
"""

import json
import os
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import cocotb
import numpy as np
from amaranth.lib.wiring import Component, In
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge, Timer
from cocotb.types import LogicArray

from pulsetrain.formats.struct import Format
from pulsetrain.registers import RESET_CYCLES
from pulsetrain.sim.cocotb_pins import levels
from pulsetrain.spec import Config
from pulsetrain.spec.load import config_from_mapping

from .packing import format_of, matches, pack, unpack

CONFIGURATIONS, SEED = "PULSETRAIN_CONFIGURATIONS", "PULSETRAIN_SEED"
"""Environment variables: a JSON file with the configurations of every block, by block and name, and
the seed of the stimuli."""

_TIMEOUT = {"timeout_time": 2, "timeout_unit": "ms"}  # of simulated time: 200,000 cycles

_PERIOD_NS = 10

_COMPOSED = object()
"""Stands for a value of parts, such as a list, which may change its parts; and for none yet."""

Values = Mapping[str, Any]


def port_name(block: str, configuration: str, port: str) -> str:
    """The port of the top that is `port` of the component of `block` for a configuration."""
    return f"{block}_{configuration.replace('-', '_')}__{port}"


@dataclass(frozen=True, kw_only=True)
class Block:
    """The component of one block for one configuration: its part of the simulated top `top`."""

    top: Any
    name: str
    config: Config

    def has(self, port: str) -> bool:
        """Whether the component has `port`."""
        return hasattr(self.top, port_name(self.name, self.config.name, port))

    def handle(self, port: str) -> Any:
        """The simulator's handle of `port`."""
        return getattr(self.top, port_name(self.name, self.config.name, port))


def bench_test(test: Callable[[Block], Awaitable[None]]) -> Any:
    """Decorator: `test` as a cocotb test for each configuration of its block.

    The block is named as the module of `test` is. The name of the cocotb test contains that of the
    configuration: `resets/configuration=lanes-1`.
    """
    block = test.__module__.rpartition(".")[2]
    configurations = {}
    if CONFIGURATIONS in os.environ:  # only in a simulator: others import benches for components
        path = Path(os.environ[CONFIGURATIONS])
        configurations = json.loads(path.read_text(encoding="utf-8")).get(block, {})

    async def run(dut: Any, configuration: str) -> None:
        config = config_from_mapping(configurations[configuration])
        await test(Block(top=dut, name=block, config=config))

    for attribute in ("__doc__", "__module__", "__name__", "__qualname__"):
        setattr(run, attribute, getattr(test, attribute))
    named = [cocotb.Param(value=name, name=name) for name in configurations]
    return cocotb.test(**_TIMEOUT)(cocotb.parametrize(configuration=named)(run))


class Bench:
    """The component that `make` gives for the configuration of `block`, in the simulator.

    `quiet` holds the inputs that are never unknown, and the values they have when a cycle does
    not mention them. `random` is seeded and also drives the test's stimuli.
    """

    def __init__(self, block: Block, make: Callable[[Config], Component],
                 quiet: Values | None = None) -> None:
        self.config = block.config
        self.component = make(self.config)
        self.random = np.random.default_rng(int(os.environ[SEED]))
        self._noise = Random(int(os.environ[SEED]))  # ten times as fast for bits of one word
        self._quiet = dict(quiet or {})
        self._block = block
        self._handles: dict[str, Any] = {}
        self._cycle = 0
        self._formats: dict[str, Format] = {}
        self.inputs: list[str] = []
        self._given: dict[str, Any] = {}
        self._driven: dict[str, Any] = {}  # (word, unknown bits)
        self._found: dict[str, tuple[str, Any]] = {}
        self._has_x = not cocotb.SIM_NAME.startswith("Verilator")
        for path, member, _ in self.component.signature.flatten(self.component):
            name = "__".join(str(part) for part in path)
            self._formats[name] = format_of(member.shape)
            if member.flow == In:
                self.inputs.append(name)
                self._given[name] = self._driven[name] = _COMPOSED
        self._clocked = block.has("clk")
        if self._clocked:
            Clock(block.handle("clk"), _PERIOD_NS, unit="ns", impl="gpi").start()
        cocotb.log.info("%s, configuration %s, seed %s", block.name, self.config.name,
                        os.environ[SEED])

    def keep(self, **values: Any) -> None:
        """From now on these inputs have these values in cycles that do not mention them."""
        self._quiet |= values

    async def reset(self) -> None:
        """Hold reset for as long as it must be, the inputs quiet or unknown."""
        self._handle("rst").value = 1
        for _ in range(RESET_CYCLES):
            await self.cycle()
        self._handle("rst").value = 0

    async def cycle(self, **values: Any) -> None:
        """One clock cycle with these inputs; what is read afterwards is from its end."""
        self.drive(**values)
        await self.edge()

    def drive(self, **values: Any) -> None:
        """Give every input its value for the cycle that begins."""
        if not values.keys() <= self._driven.keys():
            unknown = ", ".join(sorted(values.keys() - self._driven.keys()))
            raise ValueError(f"no such input: {unknown}")
        given, quiet = self._given, self._quiet
        for name in self.inputs:
            value = values[name] if name in values else quiet.get(name)
            # Most inputs stay as they are: the call below would find that out more slowly.
            if value is not given[name] or (value is None and not self._has_x):
                self.change(name, value)

    def change(self, name: str, value: Any) -> None:
        """Give one input a value; None, here or in a part of it, is unknown.

        Without X, unknown parts of a value keep their random bits for as long as the value stays.
        """
        is_simple = value is None or type(value) is int
        if is_simple and self._given[name] == value and (self._has_x or value is not None):
            return
        self._given[name] = value if is_simple else _COMPOSED
        form = self._formats[name]
        word, unknown = pack(form, value)
        noisy = unknown and not self._has_x
        if self._driven[name] == (word, unknown) and not (noisy and value is None):
            return
        self._driven[name] = word, unknown
        if noisy:
            word, unknown = word | self._noise.getrandbits(form.bits) & unknown, 0
        self._handle(name).value = _levels(form.bits, word, unknown) if unknown else word

    async def settle(self) -> None:
        """Let the outputs of the running cycle follow its inputs."""
        await Timer(1, unit="ns")

    async def edge(self) -> None:
        """Wait for the end of the cycle."""
        if self._clocked:
            await RisingEdge(self._handle("clk"))
        else:
            await Timer(_PERIOD_NS, unit="ns")
        self._cycle += 1

    def get(self, name: str) -> Any:
        """An output; None instead of every part of it that is unknown."""
        bits = levels(self._handle(name))
        last, found = self._found.get(name, ("", None))
        if bits == last:
            return found
        try:
            word, unknown = int(bits, 2), 0
        except ValueError:
            word = int("".join("1" if bit == "1" else "0" for bit in bits), 2)
            unknown = int("".join("0" if bit in "01" else "1" for bit in bits), 2)
        found = unpack(self._formats[name], word, unknown)
        self._found[name] = bits, found
        return found

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
        return form.unpack(self._noise.getrandbits(form.bits))

    def _handle(self, name: str) -> Any:
        if name not in self._handles:
            self._handles[name] = self._block.handle(name)
        return self._handles[name]


@cache
def _all_unknown(bits: int) -> LogicArray:
    """So many X."""
    return LogicArray("X" * bits)


def _levels(bits: int, word: int, unknown: int) -> LogicArray:
    """The bits of `word`, X where those of `unknown` are 1."""
    if unknown == (1 << bits) - 1:
        return _all_unknown(bits)
    return LogicArray("".join(
        "X" if mask == "1" else bit
        for bit, mask in zip(f"{word:0{bits}b}", f"{unknown:0{bits}b}", strict=True)))


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
