"""The port of a board, and a virtual board for who has none."""

from collections.abc import Iterator
from contextlib import contextmanager

from pulsetrain.boards.board import Board
from pulsetrain.errors import FAILED
from pulsetrain.files import temporary_folder, write_atomically
from pulsetrain.host import SILENCE_SECONDS, SerialTransport
from pulsetrain.spec import Config

from .failure import Failure
from .output import Output

VIRTUAL = "virtual"

_VIRTUAL_SILENCE = 20 * SILENCE_SECONDS
"""Simulation takes its time, and loses nothing."""


@contextmanager
def board_port(port: str, baud: int, config: Config, board: Board | None,
               output: Output) -> Iterator[SerialTransport]:
    """The line to the board at `port`; "virtual" is a virtual `board` of `config`, which lives
    inside.

    Raises:
        PortError: the port cannot be opened.
        Failure: the virtual board cannot be made.
    """
    if port != VIRTUAL:
        yield SerialTransport(port, baud)
        return
    from pulsetrain.sim.virtual import DEFAULT_BOARD, VirtualBoard

    with temporary_folder() as folder:
        write_atomically(folder / "config.json", config.model_dump_json().encode())
        with output.console.status("making the virtual board: its Verilog is compiled"):
            try:
                virtual = VirtualBoard(str(folder), (board or DEFAULT_BOARD).name)
            except RuntimeError as error:
                raise Failure(str(error), FAILED) from error
    with virtual:
        output.console.print(f"The virtual board is at {virtual.port}.")
        yield SerialTransport(virtual.port, baud, silence=_VIRTUAL_SILENCE)
