"""NativeBoard: a board's top compiled into this process, with bytes at its UART's pins."""

import ctypes
from pathlib import Path

from pulsetrain.boards.board import Board
from pulsetrain.boards.clock import auto_clock
from pulsetrain.boards.registry import BOARDS
from pulsetrain.boards.top import TOP, Top, make_top
from pulsetrain.files import temporary_folder
from pulsetrain.protocol import RECEIVE_BYTES
from pulsetrain.spec import Config

from . import runner
from .words import longest_wait

SOURCE = Path(__file__).with_name("native_board.cpp")
"""The harness around the model that Verilator makes."""

DEFAULT_BOARD = BOARDS["ulx3s-85f"]
DIVISOR = 4
"""Clock cycles per bit: the fastest possible link."""

_PINS = "pins"
_CYCLES_PER_BYTE = 10 * DIVISOR
_CAPACITY = 4096
_REST = 2 * _CYCLES_PER_BYTE
_FUNCTIONS = {
    "new": (ctypes.c_void_p, [ctypes.c_int]),
    "delete": (None, [ctypes.c_void_p]),
    "run": (ctypes.c_int64, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64, ctypes.c_char_p,
                             ctypes.c_int64, ctypes.c_int64, ctypes.c_int64,
                             ctypes.POINTER(ctypes.c_int64)]),
}


class NativeBoard:
    """The top of `board` with the engine of `config`, from pin to pin, compiled by Verilator and
    g++; a `host.Transport`.

    The PLL does not change the clock's frequency, the UART has its highest speed, and the engine
    may be too large for the real board. Time passes on it only while it is read. `silence` is the
    longest time, in clock cycles, that an answer can take.

    Raises:
        sim.runner.SimulatorMissingError: Verilator or a program it needs is not installed.
    """

    def __init__(self, config: Config, board: Board = DEFAULT_BOARD) -> None:
        self.silence = longest_wait(config) + RECEIVE_BYTES * _CYCLES_PER_BYTE
        with temporary_folder() as folder:
            verilog = folder / f"{TOP}.v"
            top = make_top(config, board, auto_clock(config, board), divisor=DIVISOR)
            verilog.write_text(top.verilog + _pins(top), encoding="utf-8")
            library = ctypes.CDLL(str(runner.build_library(verilog, _PINS, SOURCE,
                                                           folder / "build")))
        self._functions = {}
        for function, (result, arguments) in _FUNCTIONS.items():
            self._functions[function] = found = library[f"board_{function}"]
            found.restype, found.argtypes = result, arguments
        self._board: int | None = self._functions["new"](DIVISOR)
        self._waiting = b""

    def write(self, octets: bytes) -> None:
        """Send `octets` as soon as the board is read."""
        self._waiting += octets

    def read(self) -> bytes:
        """What the board sends until it is idle; empty after `silence` cycles without a byte."""
        return self.run(self.silence)

    def run(self, cycles: int) -> bytes:
        """What the board sends until it is idle, or until `cycles` after all was sent to it."""
        if self._board is None:
            raise OSError("the board is closed")
        received = ctypes.create_string_buffer(_CAPACITY)
        taken = ctypes.c_int64()
        count = self._functions["run"](self._board, self._waiting, len(self._waiting), received,
                                      _CAPACITY, cycles, _REST, ctypes.byref(taken))
        if count < 0:
            raise OSError("the model of the board has failed")
        self._waiting = self._waiting[taken.value:]
        return received.raw[:count]

    def close(self) -> None:
        """Free the memory of the model."""
        if self._board is not None:
            self._functions["delete"](self._board)
        self._board = None


def _pins(top: Top) -> str:
    """Verilog of the module `_PINS`, whose pins have the same names for all boards."""
    return (f"module {_PINS}(input clk, input rx, output tx);\n"
            f"  wire line;\n  assign line = rx;\n"
            f"  {TOP} board(.\\{top.clock_pin} (clk), .\\{top.rx_pin} (line), "
            f".\\{top.tx_pin} (tx));\nendmodule\n")
