"""The terminal: names given by users are shown as they are, never as markup."""

import os
import sys
from contextlib import suppress
from typing import Any

import rich.console
from rich.status import Status
from rich.text import Text

from pulsetrain.errors import printable


class Console(rich.console.Console):
    """A console that shows every text as it is: no markup, no emoji codes, no characters that
    control a terminal.

    If the reader goes away, as `head` does, the work continues without it.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, markup=False, emoji=False)

    def render_str(self, text: str, **options: Any) -> Text:
        """`text` as it is, except for characters that control the terminal."""
        return super().render_str(printable(text), **options)

    def status(self, status: str, **options: Any) -> Status:
        """A line with a spinner, shown while work is running."""
        return super().status(styled(status), **options)

    def on_broken_pipe(self) -> None:
        """Continue without the reader, which has gone away."""
        self.quiet = True
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, self.file.fileno())
        os.close(descriptor)
        if not self.stderr:
            with suppress(OSError):
                sys.stderr.write("warning: the standard output was closed: continuing without it\n")


def styled(*parts: str | tuple[str, str]) -> Text:
    """A text made of `parts`: each is a text, or (text, style), such as ("digits", "bold")."""
    return Text.assemble(*(printable(part) if isinstance(part, str)
                           else (printable(part[0]), part[1]) for part in parts))
