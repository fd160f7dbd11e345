"""Pins of a design under cocotb (Icarus, Verilator)."""

from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, First, RisingEdge
from cocotb.types import LogicArray

from .pins import UnknownLevelError

PERIOD_NS = 10


class CocotbPins:
    """`Pins` over cocotb handles; starts the clock of `dut`."""

    def __init__(self, dut: Any) -> None:
        self._dut = dut
        self._handles: dict[str, Any] = {}
        self._edge = RisingEdge(dut.clk)
        Clock(dut.clk, PERIOD_NS, unit="ns").start()

    def get(self, name: str) -> int:
        value = self._handle(name).value
        if not value.is_resolvable:
            raise UnknownLevelError(f"{name} is {value}")
        return int(value)

    def set(self, name: str, value: int) -> None:
        self._handle(name).value = value

    def scramble(self, name: str) -> None:
        handle = self._handle(name)
        handle.value = LogicArray("X" * len(handle))

    def record(self, recording: bool) -> None:
        cocotb.tops["pulsetrain_wave"].recording.value = int(recording)

    async def tick(self) -> None:
        await self._edge

    async def until(self, name: str, limit: int) -> bool:
        await self._edge
        if self.get(name):
            return True
        await First(RisingEdge(self._handle(name)), ClockCycles(self._dut.clk, limit))
        await self._edge
        return bool(self.get(name))

    def _handle(self, name: str) -> Any:
        if name not in self._handles:
            self._handles[name] = getattr(self._dut, name)
        return self._handles[name]
