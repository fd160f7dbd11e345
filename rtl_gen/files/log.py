"""Log files: written line by line, and they never replace another file."""

import os
from pathlib import Path
from typing import TextIO

from .lock import lock
from .outputs import OutputError
from .write import is_special, naming, real_path

LOG_MARK = "# pulsetrain log"
"""First line of a log file; a file that begins with it may be replaced by a later log."""


def open_log(path: Path) -> TextIO:
    """Open the file `path` for writing a log; it replaces an earlier log, but no other file.

    Devices and pipes are written to directly. The file stays locked until it is closed.

    Raises:
        OSError: it cannot be written.
        OutputError: it exists and is not a log, or another process writes to it.
    """
    with naming(path):
        target = real_path(path)
        if is_special(target):
            descriptor = os.open(target, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK)
            os.set_blocking(descriptor, True)
            return _text(descriptor)
        locked = lock(target, os.O_RDWR | os.O_CREAT, wait=False)
    if locked is None:
        raise OutputError(f"{path}: is the log of a command that is still running; give --log "
                          "another name")
    mark = LOG_MARK.encode()
    if os.pread(locked, len(mark), 0) not in (b"", mark):
        os.close(locked)
        raise OutputError(f"{path}: is not a log, so --log does not replace it; give --log another "
                          "name")
    os.ftruncate(locked, 0)
    file = _text(locked)
    file.write(f"{LOG_MARK}\n")
    return file


def _text(descriptor: int) -> TextIO:
    return os.fdopen(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace")
