"""What a sub-command shows to people, and what it writes for scripts."""

import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from rtl_gen.files import check_writable, write_atomically


class Output:
    """`console` shows; `write` gives the figures to `file`.

    `file` is None (no figures), "-" (standard output; people then read standard error), or a path.

    Raises:
        OSError: `file` cannot be written; known before any work is done.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._to_standard_output = file == Path("-")
        self.console = Console(stderr=self._to_standard_output, highlight=False)
        if file and not self._to_standard_output:
            check_writable(file)

    def write(self, figures: dict[str, Any]) -> None:
        """Write `figures` as JSON where that was asked for, all or nothing."""
        text = json.dumps(figures, indent=2) + "\n"
        if self._to_standard_output:
            sys.stdout.write(text)
        elif self._file:
            write_atomically(self._file, text.encode())

    def warn(self, message: str) -> None:
        """Show, on one line, what works otherwise than was asked for."""
        self.console.print("warning:", style="bold yellow", end=" ")
        self.console.print(message, markup=False, soft_wrap=True)

    def progress(self) -> Progress:
        """A progress bar that disappears when it is done; none where nobody looks."""
        return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                        TimeRemainingColumn(), console=self.console, transient=True,
                        disable=not self.console.is_terminal)


def percent(share: float | None) -> str:
    """A share 0..1 as people read it; "-" where there is none."""
    return "-" if share is None else f"{100 * share:.2f} %"
