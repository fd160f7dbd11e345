"""What a sub-command shows to people, and what it writes for scripts."""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from pulsetrain.errors import USAGE
from pulsetrain.files import check_outputs, check_writable, write_atomically

from .console import Console
from .failure import CliError
from .logs import log_files
from .standard import Nowhere


class Output:
    """`console` shows; `write` gives the figures to `file`; `reads` are the files that were read.

    `file` is None (no figures), "-" (standard output; people then read standard error), or a path.

    Raises:
        OSError: `file` cannot be written; this is checked before any work.
        CliError: it is the standard output, which is closed.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self.reads: list[Path] = []
        self._to_standard_output = file == Path("-")
        self.console = Console(stderr=self._to_standard_output)
        if self._to_standard_output and isinstance(sys.stdout, Nowhere):
            raise CliError("--json - writes to the standard output, which is closed", USAGE)
        if file and not self._to_standard_output:
            check_writable(file)

    def check_files(self, writes: Mapping[str, Iterable[Path | None]] = {}) -> None:
        """Check, before any work, that no file of `reads` is written, and no file twice.

        `writes` has the files of each option except --json and --log; None is skipped.

        Raises:
            files.OutputError: a file is written twice, or read and written.
        """
        json = [self._file] if self._file and not self._to_standard_output else []
        check_outputs({**{option: [file for file in files if file]
                          for option, files in writes.items()}, "--json": json,
                       "--log": log_files()}, self.reads)

    def write(self, figures: dict[str, Any]) -> None:
        """Write `figures` as JSON, atomically, if --json was given."""
        text = json.dumps(figures, indent=2) + "\n"
        if self._to_standard_output:
            sys.stdout.write(text)
        elif self._file:
            write_atomically(self._file, text.encode())

    def warn(self, message: str) -> None:
        """Show a warning, on one line."""
        self.console.print("warning:", style="bold yellow", end=" ")
        self.console.print(message, soft_wrap=True)

    def progress(self) -> Progress:
        """A progress bar that disappears when it is done; none if the output is not a terminal."""
        return Progress(TextColumn("{task.description}", markup=False), BarColumn(),
                        MofNCompleteColumn(), TimeRemainingColumn(), console=self.console,
                        transient=True, disable=not self.console.is_terminal)


def percent(share: float | None) -> str:
    """A share 0..1 as a percentage; "-" for None."""
    return "-" if share is None else f"{100 * share:.2f} %"
