"""The `pulsetrain` command, one thin file a sub-command: parse, call, show."""

import sys
from collections.abc import Sequence

from .interrupt import answer_end, hear_ends
from .standard import repair_standard_files

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command with `arguments` (by default those of the process), and exit.

    See `cli.app.run` for the exit status. Loading the command takes a second in which
    Ctrl-C is answered as at any other time.
    """
    try:
        hear_ends()
        repair_standard_files()
        from .app import run

        run(arguments)
    except KeyboardInterrupt:
        answer_end()
        sys.stderr.write("error: interrupted\n")
        sys.exit(130)
