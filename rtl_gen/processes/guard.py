"""The guard of child processes: a small process that ends them when this one is gone."""

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

_WATCHDOG = Path(__file__).with_name("watchdog.py")


class Guard:
    """Tells a watchdog which process groups end with this process.

    The watchdog is started with the first of them. It reads a pipe, whose end it sees however this
    process dies.
    """

    def __init__(self) -> None:
        self._owner: int | None = None
        self._pipe: int | None = None
        self._lock = threading.Lock()

    def watch(self, group: int) -> None:
        """Let the process group `group` end with this process."""
        with self._lock:
            if self._owner != os.getpid():
                self._start()
            self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        """The process group `group` has ended."""
        with self._lock:
            if self._owner == os.getpid():
                self._tell(f"-{group}\n")

    def _start(self) -> None:
        reading, self._pipe = os.pipe()
        self._owner = os.getpid()
        # -I and -S: it imports nothing but Python's own library.
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", _WATCHDOG], stdin=reading, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True, cwd="/")
        os.close(reading)
        process.returncode = 0  # it outlives this process: nobody waits for it

    def _tell(self, line: str) -> None:
        assert self._pipe is not None  # whoever tells has started the watchdog
        with suppress(OSError):  # somebody has killed the watchdog
            os.write(self._pipe, line.encode())


GUARD = Guard()
"""The guard of this process."""
