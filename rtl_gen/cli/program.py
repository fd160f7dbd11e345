"""`pulsetrain program`: load a bitstream onto a board."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from pulsetrain.fpga.report import REPORT

from . import options
from .output import Output


def program(
    folder: Annotated[Path, typer.Argument(
        metavar="DIR", show_default=False, help="A folder that `pulsetrain build --board` wrote.")],
    board: Annotated[str | None, typer.Option(
        "--board", metavar="NAME", show_default="the build's",
        help="The board that is plugged in: a bitstream for another board is refused.")] = None,
    dry_run: Annotated[bool, typer.Option(
        "--dry-run", help="Show the command without running it.")] = False,
    json: options.Json = None,
) -> None:
    """Load a bitstream onto its board, with the program that the board needs.

    The command, which calls iceprog or openFPGALoader, is shown before it is run.

    [bold]Examples[/bold]

    pulsetrain program build --board icebreaker

    pulsetrain program build --dry-run
    """
    output = Output(json)
    from pulsetrain.boards import program as programming

    bitstream = programming.read_bitstream(folder, board)
    output.reads += [folder / REPORT, bitstream.file]
    output.check_files()
    output.console.print(shlex.join(bitstream.command), soft_wrap=True)
    if not dry_run:
        programming.load(bitstream.command)
        output.console.print(f"{bitstream.board} holds the engine {bitstream.digest[:16]}.")
    output.write({"board": bitstream.board, "digest": bitstream.digest,
                  "command": bitstream.command, "loaded": not dry_run})
