"""The guard of child processes: a watchdog process ends them when this process has ended."""

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

_WATCHDOG = Path(__file__).with_name("watchdog.py")


class Guard:
    """Tells a watchdog which process groups must end with this process.

    The watchdog is started with the first group. It reads a pipe, which is closed when this process
    ends, in any way.
    """

    def __init__(self) -> None:
        self._owner: int | None = None
        self._pipe: int | None = None
        self._lock = threading.Lock()

    def watch(self, group: int) -> None:
        """End the process group `group` when this process ends."""
        with self._lock:
            if self._owner != os.getpid():
                self._start()
            self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        """Forget the process group `group`, which has ended."""
        with self._lock:
            if self._owner == os.getpid():
                self._tell(f"-{group}\n")

    def _start(self) -> None:
        reading, self._pipe = os.pipe()
        self._owner = os.getpid()
        # -I and -S: it imports only Python's own library.
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", _WATCHDOG], stdin=reading, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True, cwd="/")
        os.close(reading)
        process.returncode = 0  # the watchdog outlives this process, which must not wait for it

    def _tell(self, line: str) -> None:
        assert self._pipe is not None  # it is open while the watchdog is needed
        with suppress(OSError):  # the watchdog was killed
            os.write(self._pipe, line.encode())


GUARD = Guard()
"""The guard of this process."""
