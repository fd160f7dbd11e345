"""How the command fails: one message on standard error, and a status that tells why."""

import os
import sys
import tempfile
import traceback
from contextlib import suppress

from pulsetrain.errors import LONGEST, USAGE, PulsetrainError, cut, printable

from .console import Console

_MOST = 4000
"""Characters of a message."""


class Failure(PulsetrainError):
    """Ends the command with a message and an exit status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def show_error(message: str) -> None:
    """Write `message` to standard error, unwrapped, so that scripts can search it."""
    console = Console(stderr=True)
    console.print("error:", style="bold red", end=" ")
    console.print(cut(message, _MOST), soft_wrap=True)


def message_of(error: PulsetrainError | OSError) -> str:
    """What `error` says: what cannot be used in one line, what a tool wrote in several."""
    if isinstance(error, OSError):
        named = isinstance(error.filename, str | bytes | os.PathLike)
        place = f"{cut(os.fsdecode(error.filename), LONGEST)}: " if named else ""
        return place + (error.strerror or str(error))
    lines = str(error).splitlines()
    return "; ".join(lines) if error.status == USAGE else "\n".join(lines)


def defect_message(error: BaseException) -> str:
    """What to do about the defect of this program that `error` is; its traceback goes to a file."""
    reason = cut(printable(f"{type(error).__name__}: {error}".replace("\n", " ")), 200)
    place = "no file could be written for its traceback"
    with suppress(OSError):
        descriptor, name = tempfile.mkstemp(prefix="pulsetrain-defect-", suffix=".log")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"pulsetrain {' '.join(sys.argv[1:])}\n\n")
            traceback.print_exception(error, file=file)
        place = f"its traceback is in {name}"
    return f"a defect of Pulsetrain ({reason}); please report it: {place}"
