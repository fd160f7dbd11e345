"""`pulsetrain board`: a virtual board."""

from contextlib import suppress
from typing import Annotated

import typer

from pulsetrain.errors import USAGE

from . import options
from .console import styled
from .failure import CliError
from .output import Output


def board(
    config: options.Source,
    virtual: Annotated[bool, typer.Option(
        "--virtual", help="Emulate the board (required).")] = False,
    name: options.Board = None,
    lanes: options.BoardLanes = None,
    settings: options.Settings = None,
) -> None:
    """Emulate a board, behind a pseudo-terminal that any serial program can open.

    The last line shown is the path of the pseudo-terminal, for `pulsetrain run --port`; its speed
    does not matter. The whole design of the board that --board names is compiled, from pin to pin.
    It keeps its synapses until Ctrl-C ends it.

    [bold]Examples[/bold]

    pulsetrain board --virtual digits

    pulsetrain run digits --port /dev/pts/5

    pulsetrain board --virtual mnist-ice40 --board icebreaker
    """
    if not virtual:
        raise CliError("`pulsetrain board` needs --virtual; to train a real board, use "
                       "`pulsetrain run CONFIG --port PORT`", USAGE)
    output = Output(None)
    on_board = options.board(name)
    loaded = options.board_configuration(config, on_board, lanes, settings, output)
    output.console.print(styled(
        "Making the virtual board of ", (loaded.name, "bold"),
        " (compiling its Verilog). Ctrl-C ends it. Its port:"))
    with suppress(KeyboardInterrupt):
        from pulsetrain.sim.virtual import DEFAULT_BOARD, NativeBoard, serve

        serve(NativeBoard(loaded, on_board or DEFAULT_BOARD))
