"""Locks that are released when their process ends, in any way."""

import fcntl
import os
from pathlib import Path


def lock(path: Path, flags: int = os.O_RDONLY, *, wait: bool = True,
         shared: bool = False) -> int | None:
    """Open `path`, a file or folder, and lock it; returns the descriptor that holds the lock.

    Several processes can hold a `shared` lock at once, but none while another holds the other kind.

    Returns None if another process holds the lock and `wait` is false, or if the path was removed
    in the meantime.

    Raises:
        OSError: `path` cannot be opened.
    """
    descriptor = os.open(path, flags | os.O_CLOEXEC, 0o666)
    try:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(descriptor, kind | (0 if wait else fcntl.LOCK_NB))
        if os.fstat(descriptor).st_nlink:
            return descriptor
    except BlockingIOError:
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None
