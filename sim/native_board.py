"""NativeBoard: a board's top compiled into this process, as a line of bytes at its UART's pins."""

import ctypes
from pathlib import Path

from pulsetrain.boards.board import Board
from pulsetrain.boards.registry import BOARDS
from pulsetrain.boards.top import TOP, Top, make_top
from pulsetrain.files import temporary_folder
from pulsetrain.protocol import RECEIVE_BYTES
from pulsetrain.spec import Config

from . import runner
from .driver import longest_wait

SOURCE = Path(__file__).with_name("native_board.cpp")
"""The harness around the model that Verilator makes."""

DEFAULT_BOARD = BOARDS["ulx3s-85f"]
DIVISOR = 4
"""Clock cycles a bit: the fastest link there is."""

_PINS = "pins"
_CYCLES_A_BYTE = 10 * DIVISOR
_CAPACITY = 4096
_REST = 2 * _CYCLES_A_BYTE
_FUNCTIONS = {
    "new": (ctypes.c_void_p, [ctypes.c_int]),
    "delete": (None, [ctypes.c_void_p]),
    "run": (ctypes.c_int64, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64, ctypes.c_char_p,
                             ctypes.c_int64, ctypes.c_int64, ctypes.c_int64,
                             ctypes.POINTER(ctypes.c_int64)]),
}


class NativeBoard:
    """The top of `board` with the engine of `config`, from pin to pin as Verilator and g++ compiled
    it; a `host.Transport`.

    The PLL is as fast as the clock it gets, the UART as fast as there is one, and the board need
    not have room for the engine. Time passes on it only while it is read. `silence` is the clock
    cycles that any answer can take.

    Raises:
        sim.runner.SimulatorMissing: Verilator or a program it needs is not installed.
    """

    def __init__(self, config: Config, board: Board = DEFAULT_BOARD) -> None:
        self.silence = longest_wait(config) + RECEIVE_BYTES * _CYCLES_A_BYTE
        with temporary_folder() as folder:
            verilog = folder / f"{TOP}.v"
            top = make_top(config, board, board.clock_mhz, divisor=DIVISOR)
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
        """Send `octets`, when the board is read."""
        self._waiting += octets

    def read(self) -> bytes:
        """What the board sends until it rests; empty after the cycles that any answer can take."""
        return self.run(self.silence)

    def run(self, cycles: int) -> bytes:
        """What the board sends until it rests, or `cycles` have passed since all was sent to it."""
        if self._board is None:
            raise OSError("the board is closed")
        got = ctypes.create_string_buffer(_CAPACITY)
        taken = ctypes.c_int64()
        came = self._functions["run"](self._board, self._waiting, len(self._waiting), got,
                                      _CAPACITY, cycles, _REST, ctypes.byref(taken))
        if came < 0:
            raise OSError("the model of the board cannot go on")
        self._waiting = self._waiting[taken.value:]
        return got.raw[:came]

    def close(self) -> None:
        """Give the board's memory back."""
        if self._board is not None:
            self._functions["delete"](self._board)
        self._board = None


def _pins(top: Top) -> str:
    """Verilog of the module `_PINS`, which calls the pins of `top` by the same names on all
    boards."""
    return (f"module {_PINS}(input clk, input rx, output tx);\n"
            f"  wire line;\n  assign line = rx;\n"
            f"  {TOP} board(.\\{top.clock_pin} (clk), .\\{top.rx_pin} (line), "
            f".\\{top.tx_pin} (tx));\nendmodule\n")
