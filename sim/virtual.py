"""Virtual board: the top of a board behind a pseudo-terminal, which any serial program can open.

    python -m sim.virtual CONFIG [BOARD]

prints the path of the pseudo-terminal and is a board until it is interrupted. The speed of the
port means nothing.
"""

import os
import select
import subprocess
import sys
import tty
from contextlib import suppress

from boards.board import Board
from boards.registry import BOARDS
from rtl_gen.spec import Config, load_config

from .link import DEFAULT_BOARD, NativeBoard

_READ_BYTES = 4096


class VirtualBoard:
    """A virtual board in a process of its own; a context manager.

    `source` is what `load_config` loads, `board` the name of the board whose top it is. `port` is
    its pseudo-terminal.

    Raises:
        RuntimeError: the process ended before it had a port; the message is what it wrote.
    """

    def __init__(self, source: str, board: str = DEFAULT_BOARD.name) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sim.virtual", source, board], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.port = self._process.stdout.readline().strip()
        if not self.port:
            raise RuntimeError(f"the virtual board ended:\n{self._process.communicate()[1]}")

    def __enter__(self) -> "VirtualBoard":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process: to a host, a cable that is pulled."""
        self._process.terminate()
        self._process.communicate()


def serve(config: Config, kind: Board = DEFAULT_BOARD) -> None:
    """Be a board of a `kind` with the engine of `config`; its port is printed first."""
    board = NativeBoard(config, kind)
    line, port = os.openpty()
    tty.setraw(port)
    print(os.ttyname(port), flush=True)
    answered = False
    while True:
        # While the board has something to say it may have more; else it waits for the host.
        if select.select([line], [], [], 0 if answered else None)[0]:
            board.write(os.read(line, _READ_BYTES))
        octets = board.read()
        answered = bool(octets)
        while octets:
            octets = octets[os.write(line, octets):]


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        serve(load_config(sys.argv[1]), *(BOARDS[name] for name in sys.argv[2:]))
