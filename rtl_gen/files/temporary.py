"""Temporary folders: removed at the end, or by a later process if this one dies first."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .lock import lock

PREFIX, MARK = "pulsetrain-", ".pulsetrain-temporary"
"""The beginning of the folders' names, and the file in each folder that its process locks."""


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A new folder, which is removed with its contents at the end of the context.

    The lock on a file in it tells `clear_leftovers` that its process is alive.

    Raises:
        OSError: it cannot be created.
    """
    held = None
    while held is None:  # another process may have cleared it before it was locked
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        with suppress(FileNotFoundError):
            held = lock(folder / MARK, os.O_RDWR | os.O_CREAT | os.O_EXCL)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def clear_leftovers() -> None:
    """Remove the temporary folders of processes that have died."""
    with suppress(OSError):
        for mark in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{MARK}"):
            with suppress(OSError):
                if mark.stat().st_uid == os.getuid() and not mark.parent.is_symlink():
                    _remove(mark)


def _remove(mark: Path) -> None:
    held = lock(mark, wait=False)
    if held is not None:
        shutil.rmtree(mark.parent, ignore_errors=True)
        os.close(held)
