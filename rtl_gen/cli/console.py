"""The terminal: what users have named is shown as it is, and never as markup."""

import os
import sys
from contextlib import suppress
from typing import Any

import rich.console
from rich.status import Status
from rich.text import Text

from pulsetrain.errors import printable


class Console(rich.console.Console):
    """A console on which every text stands for itself: no markup, no emoji codes, no characters
    that steer a terminal.

    Where the reader goes away, as `head` does, the work goes on without it.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, markup=False, emoji=False)

    def render_str(self, text: str, **options: Any) -> Text:
        """`text` as it is, but for what would steer the terminal."""
        return super().render_str(printable(text), **options)

    def status(self, status: str, **options: Any) -> Status:
        """A line that moves while something is worked on."""
        return super().status(styled(status), **options)

    def on_broken_pipe(self) -> None:
        """Nobody reads any longer."""
        self.quiet = True
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, self.file.fileno())
        os.close(descriptor)
        if not self.stderr:
            with suppress(OSError):
                sys.stderr.write("warning: the standard output was closed: going on without it\n")


def styled(*parts: str | tuple[str, str]) -> Text:
    """A text of `parts`, each a text, or a text and its style, such as ("digits", "bold")."""
    return Text.assemble(*(printable(part) if isinstance(part, str)
                           else (printable(part[0]), part[1]) for part in parts))
