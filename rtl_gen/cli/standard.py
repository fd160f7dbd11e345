"""The standard input and outputs, even if the shell has closed them."""

import io
import os
import sys


class Nowhere(io.TextIOBase):
    """Replaces an output that the shell has closed."""

    def writable(self) -> bool:
        """True, as for a file opened for writing."""
        return True

    def write(self, text: str) -> int:
        """Discard `text`."""
        return len(text)


def repair_standard_files() -> None:
    """Open /dev/null for each standard file that is closed, and let outputs accept every text.

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
