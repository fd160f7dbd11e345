"""`pulsetrain build`: a board's bitstream, or an engine placed alone, with clock and resources."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.status import Status
from rich.table import Table

from pulsetrain.boards.fit import check_estimate
from pulsetrain.face.hardware import (
    MINUTES,
    board_at_rate,
    board_memory,
    build_clock,
    build_target,
    processor_target,
    usable_memory,
)
from pulsetrain.files import check_folder
from pulsetrain.host import MOST_BAUD

from . import options
from .console import Console, styled
from .output import Output


def build(
    config: options.Source,
    folder: Annotated[Path, typer.Option(
        "-o", "--output", metavar="DIR", show_default=False,
        help="The folder to write to; created if it is missing.")],
    board: options.BuiltBoard = None,
    part: options.Part = None,
    clock: Annotated[str | None, typer.Option(
        metavar="MHZ|auto|max", show_default="auto for a board; 50 for a part",
        help="Clock of the engine. The build fails if a board's bitstream, or the median over the "
             "seeds on a part, misses it. auto: what the estimate expects, or a slower clock if "
             "that is missed. max: builds for one clock after the other, and keeps the fastest "
             "that is met.")] = None,
    seeds: Annotated[int, typer.Option(
        min=1, max=1000, metavar="N",
        help="Placements to make, each from a different seed. For a board, at most N are tried "
             "until one meets the clock, and the fastest is kept.")] = 3,
    minutes: Annotated[float, typer.Option(
        "--time-limit", min=0.001, max=100_000, metavar="MINUTES", callback=options.finite,
        help="How long synthesis, and each placement and routing, may take.")] = MINUTES,
    allow_timing_fail: Annotated[bool, typer.Option(
        "--allow-timing-fail", help="Exit with status 0 even if the clock is missed.")] = False,
    baud: Annotated[int | None, typer.Option(
        min=1, max=MOST_BAUD, metavar="BAUD", show_default="the board's",
        help="Rate of the board's UART, up to what its bridge to USB can do; `run` tries it first "
             "if CONFIG is DIR.")] = None,
    memory: Annotated[bool | None, typer.Option(
        "--memory/--no-memory", show_default="if the board has one",
        help="Connect the board's memory, so that data can lie on the board.")] = None,
    lanes: options.BoardLanes = None,
    settings: options.Settings = None,
    json: options.Json = None,
) -> None:
    """Build a board's bitstream, or place the engine alone on a part, and report its clock.

    For a board, what does not fit by the estimate is refused. The generated files, report.json,
    the logs of every step, and for a board the bitstream are written to DIR. For a part, the
    engine is placed between flip-flops in a harness of four pins. An engine of 64 lanes takes tens
    of minutes.

    [bold]Examples[/bold]

    pulsetrain build digits --board icebreaker -o build

    pulsetrain build mnist-64 --board ulx3s-85f --clock max --seeds 1 -o build

    pulsetrain build digits --part ice40up5k --lanes 4 --clock 12 --seeds 1 -o build
    """
    output = Output(json)
    processor, named, on = processor_target(board, part)
    on_board, on_part = build_target(named, on)
    on_board = board_memory(on_board, memory)
    loaded = options.board_configuration(config, on_board, lanes, settings, output, on_part)
    on_board = usable_memory(board_at_rate(on_board, baud, loaded), memory, loaded)
    wish = build_clock(on_board, _clock(clock))
    if on_board:
        check_estimate(loaded, on_board)
    from pulsetrain.boards import build as boards
    from pulsetrain.boards import overlay
    from pulsetrain.fpga import build as parts

    files = (overlay.overlay_files(folder) if processor else boards.built_files(folder)
             if on_board else parts.built_files(folder))
    output.check_files({"--output": files})
    check_folder(folder)
    with output.console.status("") as status:
        arguments = {"clock": wish, "seeds": seeds, "folder": folder, "limit": 60 * minutes,
                     "progress": _Shown(output.console, status)}
        if processor:
            del arguments["seeds"]
            built = overlay.build_overlay(loaded, processor, **arguments)
        else:
            built = (boards.build_board(loaded, on_board, **arguments) if on_board
                     else parts.build(loaded, on_part, **arguments))
    _show(output, built.report())
    output.write(built.report())
    if not allow_timing_fail:
        parts.check_timing(built)


def _clock(text: str | None) -> float | str | None:
    """The value of --clock: a number if it is one."""
    try:
        return float(text) if text else None
    except ValueError:
        return text


class _Shown:
    """Shows the steps of a build, one line each; and what the tool of the current one is doing: on
    a terminal in a line that changes, otherwise every `EVERY` seconds in a line of its own."""

    EVERY = 60.0

    def __init__(self, console: Console, status: Status) -> None:
        self._console, self._status = console, status
        self._started = self._shown = time.monotonic()

    def __call__(self, step: str, activity: str) -> None:
        now = time.monotonic()
        if not activity:
            self._started = self._shown = now
            self._console.print(f"{step} …")
            self._status.update(styled(step))
            return
        line = f"{step}, {timedelta(seconds=round(now - self._started))}: {activity}"
        self._status.update(styled(line))
        if not self._console.is_terminal and now - self._shown >= self.EVERY:
            self._shown = now
            self._console.print(line, soft_wrap=True)


def _clock_words(clock: dict) -> str:
    """What was asked of a board's clock, what was expected, and what was reached."""
    tried = "; ".join(f"for {one['target_mhz']:.1f}, {one['reached_mhz']:.1f} reached"
                      for one in clock["tried"])
    asked = clock["asked"] if isinstance(clock["asked"], str) else f"{clock['asked']:g} MHz"
    expected = (f", {clock['expected_mhz']:.1f} MHz expected by the estimate"
                if clock["expected_mhz"] else "")
    return (f"Clock: {asked} was wanted{expected}. "
            f"Built {tried}. The bitstream is for {clock['built_mhz']:g} MHz.")


def _show(output: Output, report: dict) -> None:
    """Show what `report.json` holds."""
    on = report.get("board", report["part"])
    table = Table("", title=f"{report['config']}: {report['lanes']} lanes on {on}",
                  title_style="bold")
    for heading in ("used", "of", "share", "per lane"):
        table.add_column(heading, justify="right")
    for name, count in report["resources"].items():
        used, total = count["used"], count["total"]
        table.add_row(options.RESOURCE_NAMES[name], f"{used:,}", f"{total:,}",
                      f"{100 * used / total:.1f} %", f"{used / report['lanes']:,.1f}")
    output.console.print(table)
    clocks = Table("clock", title="clocks, MHz", title_style="bold")
    for heading in ("target", "achieved", "lowest", "highest"):
        clocks.add_column(heading, justify="right")
    for name, clock in report["clocks"].items():
        by_seed = clock["achieved_mhz_by_seed"]
        clocks.add_row(name, *(f"{value:.1f}" for value in (
            clock["target_mhz"], clock["achieved_mhz"], min(by_seed), max(by_seed))))
    output.console.print(clocks)
    path = report["critical_path"]
    output.console.print(
        f"Critical path, {path['nanoseconds']:.1f} ns: {path['start']} to {path['end']}, through "
        f"{', '.join(path['blocks'])}.", soft_wrap=True)
    output.console.print("Seconds: " + ", ".join(
        f"{step} {seconds:.1f}" for step, seconds in report["seconds"].items()), soft_wrap=True)
    if "baud" in report:
        output.console.print(f"Memory: {report['memory'] or 'not used'}.", soft_wrap=True)
        output.console.print(_clock_words(report["clock"]), soft_wrap=True)
        output.console.print(f"Bitstream: {report['bitstream']}; its line runs at "
                             f"{report['baud']:,} baud.", soft_wrap=True)
    output.console.print("Made with " + ", ".join(
        f"{name} {version}" for name, version in report["tools"].items()), soft_wrap=True)
