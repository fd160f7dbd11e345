"""Temporary folders: removed at the end, or by a later process if this one dies before it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .lock import lock

PREFIX = "pulsetrain-"


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A new folder, which is removed with all that is in it.

    Its process holds a lock on it, so that `clear_leftovers` knows the folders of dead processes.

    Raises:
        OSError: none can be made.
    """
    held = None
    while held is None:  # another process may have cleared it before it was locked
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        with suppress(FileNotFoundError):
            held = lock(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def clear_leftovers() -> None:
    """Remove the temporary folders whose processes died before they could."""
    with suppress(OSError):
        for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/"):
            with suppress(OSError):
                if folder.stat().st_uid == os.getuid() and not folder.is_symlink():
                    _remove(folder)


def _remove(folder: Path) -> None:
    held = lock(folder, wait=False)
    if held is not None:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)
