"""Pins of a design under cocotb (Icarus, Verilator)."""

from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import First, RisingEdge, Timer
from cocotb.types import LogicArray
from cocotb.utils import get_sim_time

from .pins import UnknownLevelError

PERIOD_NS = 10


def levels(handle: Any) -> str:
    """The bits of a signal as the simulator gives them: `0`, `1`, `X` or `Z`, the highest first.

    Reading `handle.value` makes an object that looks at one bit at a time: that takes longer.
    """
    return handle._handle.get_signal_val_binstr()


class CocotbPins:
    """`Pins` over cocotb handles; starts the clock of `dut`."""

    def __init__(self, dut: Any) -> None:
        self._dut = dut
        self._handles: dict[str, Any] = {}
        self._set: dict[str, int] = {}
        self._edge = RisingEdge(dut.clk)
        self._clock = Clock(dut.clk, PERIOD_NS, unit="ns", impl="gpi")
        self._clock.start()

    def stop(self) -> None:
        """Stop the clock."""
        self._clock.stop()

    def get(self, name: str) -> int:
        bits = levels(self._handle(name))
        try:
            return int(bits, 2)
        except ValueError:
            raise UnknownLevelError(f"{name} is {bits}") from None

    def set(self, name: str, value: int) -> None:
        if self._set.get(name) != value:  # cocotb schedules every write, also without a change
            self._set[name] = value
            self._handle(name).value = value

    def scramble(self, name: str) -> None:
        self._set.pop(name, None)
        handle = self._handle(name)
        handle.value = LogicArray("X" * len(handle))

    def flip(self, memory: str, word: int, bit: int) -> None:
        handle = self._dut
        for name in memory.split("."):
            handle = getattr(handle, name)
        handle[word].value = int(str(handle[word].value), 2) ^ 1 << bit

    def record(self, recording: bool) -> None:
        cocotb.tops["pulsetrain_wave"].recording.value = int(recording)

    async def tick(self) -> None:
        await self._edge

    async def until(self, name: str, limit: int) -> bool:
        await self._edge
        end = get_sim_time("ns") + limit * PERIOD_NS
        while not self.get(name):
            # In a netlist it may also rise for an instant within a cycle.
            left = end - get_sim_time("ns")
            if left <= 0:
                return False
            await First(RisingEdge(self._handle(name)), Timer(left, unit="ns"))
            await self._edge
        return True

    def _handle(self, name: str) -> Any:
        if name not in self._handles:
            self._handles[name] = getattr(self._dut, name)
        return self._handles[name]
