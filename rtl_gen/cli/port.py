"""The serial line to a board, real or virtual."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pulsetrain.boards.board import Board
from pulsetrain.face.trainer import VIRTUAL
from pulsetrain.fpga.report import REPORT, read_report
from pulsetrain.host import BAUD, SerialTransport, open_port
from pulsetrain.spec import Config

from .output import Output


@contextmanager
def board_port(port: str, baud: int | None, config: Config, board: Board | None,
               output: Output, built: Path | None = None) -> Iterator[SerialTransport]:
    """The line to the board at `port`; "virtual" makes a virtual `board` of `config`, which
    exists as long as the line. Without a `baud`, that of the report in the folder `built`, if it is
    one of a build, or otherwise of `board` is tried first, then those of other boards.

    Raises:
        fpga.report.NotBuiltError: the report is not valid.
        PortError: the port cannot be opened.
        BoardSilentError: no board answers at any of these rates.
        sim.virtual.BoardEndedError: the virtual board cannot be made.
    """
    if port != VIRTUAL:
        line = open_port(port, baud, _first_rate(board, built))
        output.console.print(f"The board's line runs at {line.baud:,} baud.")
        yield line
        return
    from pulsetrain.sim.virtual import DEFAULT_BOARD, VirtualBoard

    with output.console.status("making the virtual board: compiling its Verilog"):
        virtual = VirtualBoard(config, (board or DEFAULT_BOARD).name)
    with virtual:
        output.console.print(f"The virtual board is at {virtual.port}.")
        yield virtual.line(baud or BAUD)


def _first_rate(board: Board | None, built: Path | None) -> int | None:
    if built and (built / REPORT).is_file():
        return read_report(built).baud
    return board.baud if board else None
