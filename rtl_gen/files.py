"""Files that are whole or not there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Make `path` a file of `content`, in one step: whatever happens, it is the old or the new.

    Devices and pipes are written to directly.

    Raises:
        OSError: it cannot be written; nothing is left behind.
    """
    with _naming(path):
        target = path.resolve()
        if target.exists() and not target.is_file():
            target.write_bytes(content)
            return
        temporary = _beside(target)
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def check_writable(path: Path) -> None:
    """Check, before long work, that `write_atomically` can write `path`.

    Raises:
        OSError: it cannot.
    """
    with _naming(path):
        target = path.resolve()
        if target.exists() and not target.is_file():
            target.open("ab").close()
            return
        temporary = _beside(target)
        temporary.open("xb").close()
        temporary.unlink()


def check_folder(path: Path) -> None:
    """Check, before long work, that files can be written in the folder `path`, made if need be.

    Raises:
        OSError: they cannot.
    """
    with _naming(path):
        folder = path.resolve()
        while not folder.exists():
            folder = folder.parent
        temporary = _beside(folder / "folder")
        temporary.open("xb").close()
        temporary.unlink()


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Let an error speak of `path`, and not of the file beside it."""
    try:
        yield
    except OSError as error:
        raise type(error)(error.errno, f"cannot be written: {error.strerror}", str(path)) from error
