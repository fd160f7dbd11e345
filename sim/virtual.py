"""Virtual board: a linked engine behind a pseudo-terminal, which any serial program can open.

    python -m sim.virtual CONFIG

prints the path of the pseudo-terminal and is a board until it is interrupted. The speed of the
port means nothing.
"""

import os
import select
import stat
import subprocess
import sys
import tty
from collections.abc import Sequence

from rtl_gen.spec import Config, ConfigError, load_config

from .link import NativeBoard
from .runner import SimulatorMissing

_READ_BYTES = 4096
_CYCLES = 1000


class VirtualBoard:
    """A virtual board in a process of its own, which ends with this one; a context manager.

    `source` is what `load_config` loads. `port` is its pseudo-terminal.

    Raises:
        RuntimeError: the process ended before it had a port; the message is what it wrote.
    """

    def __init__(self, source: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sim.virtual", source], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True)  # a Ctrl-C is for the host, which has yet to read the state
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


def serve(config: Config, lifeline: Sequence[int] = ()) -> None:
    """Be the board of `config`, whose port is printed first, until a file of `lifeline` ends."""
    board = NativeBoard(config)
    line, port = os.openpty()
    tty.setraw(port)
    print(os.ttyname(port), flush=True)
    quiet = board.silence
    while True:
        # Until it has been quiet for long the board may have more to say; then it waits for the
        # host, who is heard between a few cycles and the next.
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
        serve(load_config(sys.argv[1]), [sys.stdin.fileno()] if owned else [])
    except (ConfigError, SimulatorMissing) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit()
