"""Mutants of the link of a board: UART, unframer, inbox, executor and framer, but not the engine.

All mutants of a batch are in one compiled line, which the tests of the link get in place of their
boards. Every mutant is tried in a process of its own, and ends with the first test that fails.
"""

import ctypes
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest
from forked import fails
from small import small_config

from pulsetrain.emit import TOP, emit_verilog
from pulsetrain.hdl.link.linked import LinkedEngine
from pulsetrain.protocol import CREDIT_STEP
from pulsetrain.sim import native_board
from pulsetrain.sim.board_pins import PINS
from pulsetrain.sim.native_board import CYCLES_PER_BYTE, DEFAULT_BOARD, DIVISOR, NativeLine
from pulsetrain.sim.words import longest_wait

CONFIG = small_config(device={"levels": 13}, engine={"lanes": 4})
"""That of `test_linked`."""


@dataclass(frozen=True)
class Trial:
    """Files of tests, and the clock cycles after which the line breaks: a mutant with which they
    take more is caught."""

    files: tuple[str, ...]
    cycles: int


TESTS = Trial(("test_linked", "test_link_torture"), 16_000_000)
FURTHER = Trial(("further_link",), 130_000_000)
"""It tries what survives `TESTS`. Both have twice the cycles that they take without a mutant."""

LEFT_OUT = "while_refreshes or hide_the_latency or measure or log_names"
"""Tests of another engine, and of speed."""

FRAMES = 600
LINK_CELLS = "c:*engine.\\\\* %n"
"""What yosys mutates: all cells but those of the engine."""

SECONDS = 300
"""A mutant with which the tests take more processor time is caught too, whatever else it does."""


def linked_verilog() -> str:
    """The linked engine."""
    return emit_verilog(LinkedEngine(
        CONFIG, DIVISOR, windows=DEFAULT_BOARD.part.family.windows), TOP)


def answers_are_short() -> list[str]:
    """Rules for `proven_equal`: the framer holds no more bytes than its size. A proof in
    `formal.link` shows that."""
    size = DEFAULT_BOARD.part.family.windows.answers
    return [f"{{framer.held}} >> {size.bit_length()} == 0"]


def of_engine(block: str, command: str) -> bool:
    """Whether a mutant is one of the engine after all: of a cell that yosys has named anew."""
    return block.startswith("engine") or (block.startswith(f"{TOP}_") and " engine." in command)


class MutatedLine(NativeLine):
    """The line to a linked engine of which `choose` makes a mutant; its input `selector` of so many
    `bits` is the mutant's number, 0 that of the engine itself. It breaks after so many `cycles`."""

    def __init__(self, verilog: str, selector: str, bits: int, cycles: int) -> None:
        functions = {
            **native_board._FUNCTIONS,
            "mutant": (ctypes.c_void_p, [ctypes.c_int, ctypes.c_int]),
            "hold": (None, [ctypes.c_void_p, ctypes.c_int, ctypes.c_int64]),
            "lights": (ctypes.c_int, [ctypes.c_void_p])}
        source = Path(__file__).with_name("mutant_board.cpp")
        with patch.object(native_board, "SOURCE", source), patch.object(
                native_board, "_FUNCTIONS", functions):
            super().__init__(
                f"{verilog}module {PINS}(input clk, input rx, output tx, output activity,\n"
                f"    output error, input [{bits - 1}:0] mutant);\n"
                f"  {TOP} linked(.clk(clk), .rst(1'b0), .rx(rx), .tx(tx), .activity(activity),\n"
                f"    .error(error), .{selector}(mutant));\n"
                "  integer cycles = 0;\n"
                "  always @(posedge clk) begin\n"
                "    cycles <= cycles + 1;\n"
                f"    if (cycles == {cycles}) $stop;\n"
                "  end\n"
                "endmodule\n",
                divisor=DIVISOR, silence=longest_wait(CONFIG) + 4 * CREDIT_STEP * CYCLES_PER_BYTE)

    def choose(self, number: int) -> None:
        """Begin again, as the mutant `number`."""
        # The board before is not freed: in a forked process, Verilator would wait for a thread of
        # the process that made it.
        self._board = self._functions["mutant"](DIVISOR, number)
        self._waiting = b""

    def hold(self, level: int, cycles: int) -> None:
        """Hold the line to the board at a level for so many clock cycles, while no byte is sent."""
        self._functions["hold"](self._board, level, cycles)

    def lights(self) -> tuple[int, int]:
        """Whether the lights for activity and for an error are on."""
        lights = self._functions["lights"](self._board)
        return lights & 1, lights >> 1

    def close(self) -> None:
        """Nothing: the next test needs it too."""


class LinkTests:
    """Tests of the link, in files of these names, with a line in place of their boards."""

    def __init__(self, line: MutatedLine, files: Sequence[str]) -> None:
        self._line = line
        folder = Path(__file__).parent
        self._arguments = ["-xq", "--assert=plain", "-p", "no:cacheprovider",
                           f"--frames={FRAMES}", "-k", f"not ({LEFT_OUT})",
                           *(str(folder / f"{name}.py") for name in files)]
        # Their modules are imported once, here, and not by each process.
        pytest.main([*self._arguments, "--collect-only", "-q"])
        for file in files:
            module = next(module for name, module in sys.modules.items()
                          if name.endswith(f".{file}"))
            module.NativeBoard, module.small_config = lambda *board: line, lambda: CONFIG
            module.TOLD = DEFAULT_BOARD.part.family.windows.status

    def fail(self, number: int) -> bool:
        """Whether a test fails with the mutant `number`, or takes too long."""
        return fails(self._arguments, lambda: self._line.choose(number), SECONDS)
