"""Program: load a bitstream onto a board, with the program that the board needs."""

import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pulsetrain.errors import cut, shown
from pulsetrain.fpga.report import REPORT, NotBuiltError, read_report
from pulsetrain.fpga.tools import ToolFailedError, ToolMissingError
from pulsetrain.processes import run

from .registry import BOARDS

PACKAGES = {"iceprog": "fpga-icestorm", "openFPGALoader": "openfpgaloader"}
"""The Debian package of each program."""


@dataclass(frozen=True, kw_only=True)
class Bitstream:
    """A bitstream `file` for the board named `board`, and the digest of the engine in it."""

    board: str
    file: Path
    digest: str

    @property
    def command(self) -> tuple[str, ...]:
        """The command that loads the bitstream, one entry per argument."""
        board = BOARDS[self.board]
        return board.programmer, *board.arguments, str(self.file)


def read_bitstream(folder: Path, board: str | None = None) -> Bitstream:
    """The bitstream of the build in `folder`, which must be for the board named `board`; None
    allows any board.

    Raises:
        NotBuiltError: there is none, or it is for another board.
    """
    report = read_report(folder)
    if report.board is None or report.bitstream is None:
        raise NotBuiltError(f"{folder / REPORT}: is not the report of a build for a board; "
                            "`pulsetrain build --board` makes one")
    found = Bitstream(board=report.board, file=folder / report.bitstream, digest=report.digest)
    if board not in (None, found.board):
        raise NotBuiltError(f"{folder}: is built for the board {cut(found.board)}, not for "
                            f"{cut(board)}")
    if found.board not in BOARDS:
        raise NotBuiltError(f"{folder / REPORT}: the board must be one of {', '.join(BOARDS)}, not "
                            f"{shown(found.board)}")
    if not found.file.is_file():
        raise NotBuiltError(f"{found.file}: does not exist; build it again")
    return found


def load(command: Sequence[str]) -> None:
    """Run `command`, whose output goes to the terminal.

    Raises:
        ToolMissingError: its program is not installed.
        ToolFailedError: it ended with an error.
    """
    program = command[0]
    if shutil.which(program) is None:
        raise ToolMissingError(f"{program} is not installed: {remedy(program)}")
    status = run(command, stdout=None, stderr=None).returncode
    if status:
        raise ToolFailedError(f"{program} ended with status {status}: is the board plugged in, and "
                              "do you have permission (see `pulsetrain doctor`)? The command was: "
                              f"{shlex.join(command)}")


def remedy(program: str) -> str:
    """How to install a programmer."""
    return f"apt-get install {PACKAGES[program]}"
