"""The watchdog: reads lines +GROUP and -GROUP, and at end of input kills the remaining groups.

`guard.py` starts it as a program; it imports only Python's own library.
"""

import os
import signal
import sys
from contextlib import suppress


def main() -> None:
    """Watch until the standard input ends."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    for group in groups:
        with suppress(OSError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
