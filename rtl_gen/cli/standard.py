"""The standard input and outputs, whatever the shell has made of them."""

import io
import os
import sys


class Nowhere(io.TextIOBase):
    """In the place of an output that the shell has closed."""

    def writable(self) -> bool:
        """As a file's."""
        return True

    def write(self, text: str) -> int:
        """Lose `text`."""
        return len(text)


def repair_standard_files() -> None:
    """Let what the shell has closed lead nowhere, and let every text be written.

    Otherwise the next file that is opened would become the standard output.
    """
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, io.StringIO() if name == "stdin" else Nowhere())
        elif name != "stdin" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
