"""Writing files atomically."""

import logging
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .lock import lock

_LOG = logging.getLogger(__name__)

_STEM = 50
"""How many characters of a file's name its temporary file keeps, so that its name is not too
long."""

_ENDING = re.compile(r"[0-9a-f]{1,16}\.part")
"""The rest of the name of a temporary file."""


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to `path` in one step: after a failure, the old file is still complete.

    Devices and pipes are written to directly.

    Raises:
        OSError: it cannot be written; no temporary file remains.
    """
    with naming(path):
        target = real_path(path)
        if is_special(target):
            _write_special(target, content)
            return
        with _temporary_file(target) as (temporary, descriptor):
            written = memoryview(content)
            while written:
                written = written[os.write(descriptor, written):]
            os.fsync(descriptor)
            with suppress(FileNotFoundError):
                temporary.chmod(stat.S_IMODE(target.stat().st_mode))
            temporary.replace(target)
    _LOG.debug("wrote %s: %d bytes", path, len(content))


def check_writable(path: Path) -> None:
    """Check, before long work, that `write_atomically` can write `path`.

    Raises:
        OSError: it cannot.
    """
    with naming(path):
        target = real_path(path)
        if target.is_fifo():  # opening and closing it would end its reader's input
            return
        if is_special(target):
            target.open("ab").close()
            return
        with _temporary_file(target):
            pass


def check_folder(path: Path) -> None:
    """Check, before long work, that files can be written in `path`, a folder that need not exist.

    Raises:
        OSError: they cannot, or the folder cannot be created.
    """
    with naming(path):
        folder = real_path(path)
        while not folder.exists():
            folder = folder.parent
        with _temporary_file(folder / "folder"):
            pass


def real_path(path: Path) -> Path:
    """The file that `path` leads to through links; it need not exist.

    Raises:
        OSError: `path` is a loop of links, or goes through something that is not a folder.
    """
    with suppress(FileNotFoundError):
        path.stat()
    return Path(os.path.realpath(path))


def is_special(target: Path) -> bool:
    """Whether `target` exists and is not a regular file."""
    return target.exists() and not target.is_file()


def _write_special(target: Path, content: bytes) -> None:
    """Write to a device, or to a pipe that has a reader."""
    # Without O_NONBLOCK, opening a pipe without a reader would wait forever.
    descriptor = os.open(target, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)
    with os.fdopen(descriptor, "ab") as file:
        file.write(content)


@contextmanager
def _temporary_file(target: Path) -> Iterator[tuple[Path, int]]:
    """A new file beside `target`, with a descriptor that holds a lock on it; removed at the end.

    Temporary files that dead processes have left for the same target are removed as well. Names
    are random, because processes in different containers can have equal numbers.
    """
    stem = f".{target.name[:_STEM]}."
    with suppress(OSError):
        for found in target.parent.iterdir():
            if found.name.startswith(stem) and _ENDING.fullmatch(found.name, len(stem)):
                _remove(found)
    held = None
    while held is None:  # another process may have removed it before it was locked
        temporary = target.with_name(f"{stem}{secrets.token_hex(8)}.part")
        held = lock(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL)
    try:
        yield temporary, held
    finally:
        temporary.unlink(missing_ok=True)
        os.close(held)


def _remove(leftover: Path) -> None:
    """Remove the temporary file `leftover`, if its process is dead."""
    with suppress(OSError):
        held = lock(leftover, wait=False)
        if held is not None:
            leftover.unlink()
            os.close(held)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Make errors name `path` instead of a temporary file."""
    try:
        yield
    except OSError as error:
        raise type(error)(error.errno, f"cannot be written: {error.strerror}", str(path)) from error
    except ValueError as error:  # NUL characters
        raise OSError(0, f"cannot be written: {error}", str(path)) from error
