"""The `pulsetrain` command, one thin file per sub-command: parse, call, show."""

import gc
import sys
from collections.abc import Sequence

from .interrupt import clear_interrupt, raise_on_signals
from .standard import repair_standard_files

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command with `arguments` (by default those of the process), and exit.

    See `cli.app.run` for the exit status. Loading the command takes a second in which
    Ctrl-C is answered as at any other time.
    """
    # Elaborating hardware makes many objects that stay: with Python's default, a tenth of the time
    # goes into searching them for garbage.
    gc.set_threshold(200_000, 50, 50)
    try:
        raise_on_signals()
        repair_standard_files()
        from .app import run

        run(arguments)
    except KeyboardInterrupt:
        clear_interrupt()
        sys.stderr.write("error: interrupted\n")
        sys.exit(130)
