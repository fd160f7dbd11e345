"""Temporary folders: removed at the end, or by a later process if this one dies first."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .lock import lock

PREFIX, MARK = "pulsetrain-temporary-", ".pulsetrain-temporary"
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
        _remove(folder, held)


def clear_leftovers() -> None:
    """Remove the temporary folders of processes that have died."""
    with suppress(OSError):
        for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            with suppress(OSError):
                if folder.lstat().st_uid == os.getuid() and not folder.is_symlink():
                    _clear(folder)


def _clear(folder: Path) -> None:
    """Remove the folder of a dead process: it has no mark yet, no mark any more, or no lock on it.

    A folder without a mark is empty, so that `rmdir` suffices. It may also be one that a living
    process has just made, which then makes another.
    """
    try:
        held = lock(folder / MARK, wait=False)
    except FileNotFoundError:
        folder.rmdir()
        return
    if held is not None:
        _remove(folder, held)


def _remove(folder: Path, held: int) -> None:
    """Remove the folder and release its lock `held`.

    The mark goes last: if this is interrupted, the next process finishes it.
    """
    mark = folder / MARK
    try:
        for path in set(folder.iterdir()) - {mark}:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        if set(folder.iterdir()) <= {mark}:
            mark.unlink(missing_ok=True)
            folder.rmdir()
    except OSError:
        pass  # what is left is found by the next process
    finally:
        os.close(held)
