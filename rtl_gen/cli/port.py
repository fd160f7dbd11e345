"""The port of a board, and a virtual board for who has none."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rtl_gen.files import write_atomically
from rtl_gen.spec import Config

from .failure import FAILED, Failure
from .output import Output

VIRTUAL = "virtual"


@contextmanager
def board_port(port: str, config: Config, output: Output) -> Iterator[str]:
    """The path of `port`; for "virtual", that of a virtual board of `config`, which lives inside.

    Raises:
        Failure: the virtual board cannot be made.
    """
    if port != VIRTUAL:
        yield port
        return
    from sim.virtual import VirtualBoard

    with tempfile.TemporaryDirectory(prefix="pulsetrain-") as folder:
        write_atomically(Path(folder) / "config.json", config.model_dump_json().encode())
        with output.console.status("making the virtual board: its Verilog is compiled"):
            try:
                board = VirtualBoard(folder)
            except RuntimeError as error:
                raise Failure(str(error), FAILED) from error
    with board:
        yield board.port
