"""NativeBoard: a board's top compiled into this process, with bytes at its UART's pins."""

import ctypes
from pathlib import Path

from pulsetrain.boards.board import Board
from pulsetrain.boards.registry import BOARDS
from pulsetrain.boards.top import TOP
from pulsetrain.files import temporary_folder
from pulsetrain.protocol import BITS_PER_BYTE, CREDIT_STEP, MIN_DIVISOR
from pulsetrain.spec import Config

from . import runner
from .board_pins import PINS, board_verilog
from .words import longest_wait

SOURCE = Path(__file__).with_name("native_board.cpp")
"""The harness around the model that Verilator makes."""

DEFAULT_BOARD = BOARDS["ulx3s-85f"]
DIVISOR = MIN_DIVISOR
"""Clock cycles per bit: the fastest possible link."""

CYCLES_PER_BYTE = BITS_PER_BYTE * DIVISOR

_CAPACITY = 4096
_FUNCTIONS = {
    "new": (ctypes.c_void_p, [ctypes.c_int]),
    "delete": (None, [ctypes.c_void_p]),
    "run": (ctypes.c_int64, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64, ctypes.c_char_p,
                             ctypes.c_int64, ctypes.c_int64, ctypes.c_int64,
                             ctypes.POINTER(ctypes.c_int64)]),
}


class NativeLine:
    """Verilog behind a UART, compiled by Verilator and g++; a `host.Transport`.

    `verilog` is a text with the module `board_pins.PINS`, whose UART takes `divisor` clock cycles
    per bit. Time passes on it only while it is read. `silence` is the longest time, in clock
    cycles, that an answer can take.

    Raises:
        sim.runner.SimulatorMissingError: Verilator or a program it needs is not installed.
        sim.runner.SimulationFailedError: the Verilog does not compile.
    """

    def __init__(self, verilog: str, *, divisor: int, silence: int) -> None:
        self.silence = silence
        self._rest = 2 * BITS_PER_BYTE * divisor
        with temporary_folder() as folder:
            file = folder / f"{TOP}.v"
            file.write_text(verilog, encoding="utf-8")
            # A board waits for its line most of the time.
            library = ctypes.CDLL(str(runner.build_library(file, PINS, SOURCE, folder / "build",
                                                           fast=False)))
        self._functions = {}
        for function, (result, arguments) in _FUNCTIONS.items():
            self._functions[function] = found = library[f"board_{function}"]
            found.restype, found.argtypes = result, arguments
        self._board: int | None = self._functions["new"](divisor)
        self._waiting = b""

    def write(self, octets: bytes) -> None:
        """Send `octets` as soon as the board is read."""
        self._waiting += octets

    def read(self) -> bytes:
        """What the board sends until it is idle; empty after `silence` cycles without a byte."""
        return self.run(self.silence)

    def run(self, cycles: int, rest: int | None = None) -> bytes:
        """What the board sends until it is idle for `rest` cycles (by default two bytes), or until
        `cycles` after all was sent to it."""
        if self._board is None:
            raise OSError("the board is closed")
        received = ctypes.create_string_buffer(_CAPACITY)
        taken = ctypes.c_int64()
        count = self._functions["run"](self._board, self._waiting, len(self._waiting), received,
                                      _CAPACITY, cycles, self._rest if rest is None else rest,
                                      ctypes.byref(taken))
        if count < 0:
            raise OSError("the model of the board has failed")
        self._waiting = self._waiting[taken.value:]
        return received.raw[:count]

    def close(self) -> None:
        """Free the memory of the model."""
        if self._board is not None:
            self._functions["delete"](self._board)
        self._board = None


class NativeBoard(NativeLine):
    """The top of `board` with the engine of `config`, from pin to pin.

    A memory of the board is modelled too, and a violation of its chip is an error. The PLL does not
    change the clock's frequency, the UART has its highest speed, and the engine may be too large
    for the real board.

    Raises:
        sim.runner.SimulatorMissingError: Verilator or a program it needs is not installed.
    """

    def __init__(self, config: Config, board: Board = DEFAULT_BOARD) -> None:
        runner.check_installed("verilator")
        super().__init__(board_verilog(config, board, DIVISOR), divisor=DIVISOR,
                         silence=longest_wait(config) + 4 * CREDIT_STEP * CYCLES_PER_BYTE)
