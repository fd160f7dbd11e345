"""How the command fails: one message on standard error, and an exit status."""

import os
import sys
import tempfile
import traceback
from contextlib import suppress

from pulsetrain.errors import LONGEST, USAGE, PulsetrainError, cut, printable

from .console import Console

_MOST = 4000
"""Most characters of a message."""


class CliError(PulsetrainError):
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
    """The message of `error`: on one line, unless it ends with the output of a tool."""
    if isinstance(error, OSError):
        named = isinstance(error.filename, str | bytes | os.PathLike)
        path = f"{cut(os.fsdecode(error.filename), LONGEST)}: " if named else ""
        return path + (error.strerror or str(error))
    lines = str(error).splitlines()
    return "; ".join(lines) if error.status == USAGE else "\n".join(lines)


def defect_message(error: BaseException) -> str:
    """The message for `error`, a defect of this program; its traceback is written to a file."""
    reason = cut(printable(f"{type(error).__name__}: {error}".replace("\n", " ")), 200)
    location = "no file could be written for its traceback"
    with suppress(OSError):
        descriptor, name = tempfile.mkstemp(prefix="pulsetrain-defect-", suffix=".log")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"pulsetrain {' '.join(sys.argv[1:])}\n\n")
            traceback.print_exception(error, file=file)
        location = f"its traceback is in {name}"
    return f"a defect of Pulsetrain ({reason}); please report it: {location}"
