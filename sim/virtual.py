"""Virtual board: the top of a board behind a pseudo-terminal, which any serial program can open.

    python -m pulsetrain.sim.virtual CONFIG [BOARD]

prints the path of the pseudo-terminal and emulates a board until it is interrupted. The speed that
the port is set to has no effect.
"""

import os
import select
import stat
import subprocess
import sys
import tty
from collections.abc import Sequence
from contextlib import ExitStack

from pulsetrain.boards.registry import BOARDS
from pulsetrain.errors import FAILED, PulsetrainError
from pulsetrain.files import temporary_folder
from pulsetrain.host import BAUD, SILENCE_SECONDS, SerialTransport
from pulsetrain.processes import kill, python, running
from pulsetrain.spec import Config, load_config

from .native_board import DEFAULT_BOARD, NativeBoard, NativeLine

_PATIENCE = 20
"""How many times longer than for a real board the host waits for an answer."""
_READ_BYTES = 4096
_CYCLES = 1000


class BoardEndedError(PulsetrainError, RuntimeError):
    """A virtual board ended before it had a port; the message ends with its output."""

    status = FAILED


class VirtualBoard:
    """A virtual board in its own process, which ends with this process; a context manager.

    `config` is a configuration, or the name, file or folder of one; `board` is the name of the
    board that is emulated. `port` is the path of its pseudo-terminal, which any serial program can
    open.

    Raises:
        BoardEndedError: the process ended before it had a port; the message ends with its output.

    Examples:
        with VirtualBoard("digits") as board, Trainer("digits", board.port) as trainer:
            trainer.fit("digits", samples=100)
    """

    def __init__(self, config: Config | str | os.PathLike[str],
                 board: str = DEFAULT_BOARD.name) -> None:
        self._resources = ExitStack()
        if isinstance(config, Config):
            folder = self._resources.enter_context(temporary_folder())
            (folder / "config.json").write_text(config.model_dump_json(), encoding="utf-8")
            source = str(folder)
        else:
            source = os.fspath(config)
        # It is not in our process group: Ctrl-C is for the host, which must still read the state.
        self._process = self._resources.enter_context(running(
            python("-m", "pulsetrain.sim.virtual", source, board), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace"))
        try:
            self.port = self._process.stdout.readline().strip()
            if not self.port:
                raise BoardEndedError(f"the virtual board ended: {self._process.communicate()[1]}")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "VirtualBoard":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def line(self, baud: int = BAUD) -> SerialTransport:
        """A line to the board with a long time limit, because simulation is slow."""
        return SerialTransport(self.port, baud, silence=_PATIENCE * SILENCE_SECONDS)

    def close(self) -> None:
        """End the process; the host sees a disconnected cable."""
        kill(self._process, gently=True)
        self._resources.close()


def serve(board: NativeLine, lifeline: Sequence[int] = ()) -> None:
    """Emulate `board` behind a pseudo-terminal until a file of `lifeline` ends.

    The path of its port is printed first.
    """
    line, port = os.openpty()
    tty.setraw(port)
    print(os.ttyname(port), flush=True)
    quiet = board.silence
    while True:
        # The board may send more until it has been silent for long; only then wait for the host.
        # Before that, look for bytes from the host every few cycles.
        ready = select.select([line, *lifeline], [], [], 0 if quiet < board.silence else None)[0]
        if any(file in ready for file in lifeline):
            return
        if line in ready:
            board.write(os.read(line, _READ_BYTES))
            quiet = 0
        octets = board.run(_CYCLES)
        quiet = 0 if octets else quiet + _CYCLES
        while octets:
            octets = octets[os.write(line, octets):]


if __name__ == "__main__":
    owned = stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode)
    try:
        board_type = BOARDS[sys.argv[2]] if len(sys.argv) > 2 else DEFAULT_BOARD
        serve(NativeBoard(load_config(sys.argv[1]), board_type),
              [sys.stdin.fileno()] if owned else [])
    except (PulsetrainError, OSError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit()
