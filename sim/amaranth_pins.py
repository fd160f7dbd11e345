"""Pins of a component in Amaranth's own simulator."""

import random
from collections.abc import Awaitable, Callable
from typing import Any

from amaranth.hdl import ResetInserter, Signal, Value
from amaranth.lib.wiring import Component
from amaranth.sim import Simulator

PERIOD_S = 1e-8


class AmaranthPins:
    """`Pins` over a component in Amaranth's simulator; use through `simulate`."""

    def __init__(self, component: Component, reset: Signal, context: Any) -> None:
        self._context = context
        self._ports: dict[str, Value] = {"rst": reset}
        for path, _, value in component.signature.flatten(component):
            self._ports["__".join(str(part) for part in path)] = Value.cast(value)
        self._values: tuple[int, ...] = ()
        self._random = random.Random(0)
        self._positions = {name: position for position, name in enumerate(self._ports)}

    def get(self, name: str) -> int:
        port = self._ports[name]
        return self._values[self._positions[name]] & ((1 << len(port)) - 1)

    def set(self, name: str, value: int) -> None:
        self._context.set(self._ports[name], value)

    def scramble(self, name: str) -> None:
        self.set(name, self._random.getrandbits(len(self._ports[name])))

    async def tick(self) -> None:
        _, _, *values = await self._context.tick().sample(*self._ports.values())
        self._values = tuple(values)

    async def until(self, name: str, limit: int) -> bool:
        for _ in range(limit):
            await self.tick()
            if self.get(name):
                return True
        return False


def simulate(component: Component, testbench: Callable[[AmaranthPins], Awaitable[None]]) -> None:
    """Run `testbench` on `component` with its clock running, until the testbench ends."""
    reset = Signal()
    simulator = Simulator(ResetInserter(reset)(component))
    simulator.add_clock(PERIOD_S)

    async def bench(context: Any) -> None:
        await testbench(AmaranthPins(component, reset, context))

    simulator.add_testbench(bench)
    simulator.run()
