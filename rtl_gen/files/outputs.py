"""Outputs: a command never replaces a file that it reads."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from pulsetrain.errors import PulsetrainError


class OutputError(PulsetrainError, ValueError):
    """Writing a file would replace an input or another output; the message names it."""


def check_outputs(writes: Mapping[str, Iterable[Path]], reads: Iterable[Path]) -> None:
    """Check that no file in `writes` is in `reads`, and that none is written twice.

    `writes` has the files of each option, by its name. Different names of one file are recognised:
    links, hard links, and other spellings of a path. A device or a pipe can be written more than
    once.

    Raises:
        OutputError: two of them are the same file.
    """
    known = dict.fromkeys(map(_identity, reads), "an input of this command")
    for option, files in writes.items():
        for path in files:
            identity = _identity(path)
            before = known.setdefault(identity, f"what {option} writes")
            if identity is not None and before != f"what {option} writes":
                raise OutputError(f"{path}: cannot be written by {option}: it would replace "
                                  f"{before}; give {option} another name")


def same_file(one: Path | None, other: Path | None) -> bool:
    """Whether both name the same file, which need not exist; false if either is None."""
    return one is not None and other is not None and _identity(one) == _identity(other)


def _identity(path: Path) -> object:
    """A value that is the same for all names of one file; None for a device or a pipe."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return os.path.realpath(os.fsencode(path)) if "\0" not in str(path) else None
    if path.is_file() or path.is_dir():
        return status.st_dev, status.st_ino
    return None
