"""`pulsetrain loopback`: what the line to a board carries."""

from typing import Annotated, Any

import typer
from rich.table import Table

from pulsetrain.face.trainer import VIRTUAL
from pulsetrain.host import MOST_BAUD, LineFigures, Link, measure
from pulsetrain.protocol import BITS_PER_BYTE
from pulsetrain.spec import load_config

from . import options
from .output import Output
from .port import board_port


def loopback(
    port: Annotated[str, typer.Option(
        "--port", metavar="PORT", show_default=False,
        help=f"The board's serial port, or {VIRTUAL}: a simulated board.")],
    board: options.Board = None,
    baud: Annotated[int | None, typer.Option(
        min=1, max=MOST_BAUD, metavar="BAUD", show_default="the first at which the board answers",
        help="Speed of the port; it must be that of the board's UART.")] = None,
    octets: Annotated[int, typer.Option(
        "--bytes", min=1, max=1_000_000_000, metavar="N",
        help="About how many bytes are sent: each way alone, and both ways at once.")] = 100_000,
    json: options.Json = None,
) -> None:
    """Measure the line to a board: bytes per second each way, time to an answer, frames lost.

    Any board that answers will do, whatever its engine; what it has learned stays. The rates count
    the bytes of commands and answers, without frames. A virtual board has the engine of digits;
    its rates are those of a simulation.

    [bold]Examples[/bold]

    pulsetrain loopback --port /dev/ttyUSB1

    pulsetrain loopback --port virtual --bytes 5000

    pulsetrain loopback --port /dev/ttyUSB1 --board icebreaker --bytes 1000000 --json line.json
    """
    output = Output(json)
    output.check_files()
    with board_port(port, baud, load_config("digits"), options.board(board), output) as line:
        link = Link(line)
        found = measure(link, octets)
        baud = None if port == VIRTUAL else line.baud
        figures = _figures(found, baud, link)
        link.close()
    _show(output, figures)
    output.write(figures)


def _figures(found: LineFigures, baud: int | None, link: Link) -> dict[str, Any]:
    return {
        "baud": baud,
        "line_bytes_per_second": baud / BITS_PER_BYTE if baud else None,
        "bytes_per_second_to_board": found.to_board,
        "bytes_per_second_from_board": found.from_board,
        "bytes_per_second_both_ways": found.both,
        "answer_seconds": {"least": min(found.answers), "median": found.latency,
                           "most": max(found.answers)},
        "windows": {"commands": link.windows.commands, "answers": link.windows.answers},
        **link.counts.figures,
    }


def _show(output: Output, figures: dict[str, Any]) -> None:
    """A table of the figures; a rate also as a share of what the line carries."""
    table = Table(title="the line to the board", title_style="bold", show_header=False)
    table.add_column("")
    table.add_column("", justify="right")
    carried, answers = figures["line_bytes_per_second"], figures["answer_seconds"]
    if carried:
        table.add_row("bytes per second on the line", f"{carried:,.0f}")
    for name, shown in (("to_board", "to the board"), ("from_board", "from the board"),
                        ("both_ways", "each way, both at once")):
        rate = figures[f"bytes_per_second_{name}"]
        share = f" ({100 * rate / carried:.0f} %)" if carried else ""
        table.add_row(f"bytes per second {shown}", f"{rate:,.0f}{share}")
    table.add_row("ms to an answer: least, median, most", ", ".join(
        f"{1000 * answers[name]:.2f}" for name in ("least", "median", "most")))
    table.add_row("bytes that the board holds of commands, answers", ", ".join(
        f"{size:,}" for size in figures["windows"].values()))
    table.add_row("frames sent, of which repeated",
                  f"{figures['frames_sent']:,}, {figures['frames_retried']:,}")
    table.add_row("broken frames, at the board and here",
                  f"{figures['frames_refused']:,}, {figures['frames_broken']:,}")
    output.console.print(table)
