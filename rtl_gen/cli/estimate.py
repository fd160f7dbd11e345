"""`pulsetrain estimate`: cycles, memory and multipliers before anything is generated."""

from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from pulsetrain.errors import USAGE
from pulsetrain.extras import need
from pulsetrain.face import estimation
from pulsetrain.face.hardware import build_target, check_megahertz
from pulsetrain.face.lane_sweep import LaneSweep, sweep_lanes
from pulsetrain.face.picture import FORMATS, image_format
from pulsetrain.files import check_writable
from pulsetrain.fpga.families import PARTS
from pulsetrain.fpga.fit import check_estimate

from . import options
from .failure import CliError
from .output import Output, percent


def estimate(
    config: options.Source,
    data: options.Data = None,
    board: options.Board = None,
    part: Annotated[str | None, typer.Option(
        "--part", metavar="NAME", show_default="ecp5-85f with --sweep-lanes",
        help=f"FPGA whose room is estimated, without a board: {', '.join(PARTS)}.")] = None,
    lanes: options.BoardLanes = None,
    sweep: Annotated[bool, typer.Option(
        "--sweep-lanes", help="Compare numbers of lanes: those worth having, and powers of two.")
    ] = False,
    clock: Annotated[float | None, typer.Option(
        callback=options.finite, metavar="MHZ", show_default="what the estimate expects",
        help="With --sweep-lanes: the clock for which samples per second are shown.")] = None,
    plot: Annotated[Path | None, typer.Option(
        metavar="FILE", show_default=False,
        help=f"With --sweep-lanes: draw it ({', '.join(FORMATS)}).")] = None,
    settings: options.Settings = None,
    json: options.Json = None,
) -> None:
    """Estimate cycles per training sample, memory, multipliers and tables of an engine.

    With --board or --part, also estimate how much of it the bitstream takes, and say what to change
    if it does not fit.

    Cycles are counted by the golden model on training samples; without data, on random inputs
    and labels, which cause more pulses than those of a trained network.

    [bold]Examples[/bold]

    pulsetrain estimate digits

    pulsetrain estimate mnist --data mnist:FOLDER --lanes 32

    pulsetrain estimate mnist-64 --board ulx3s-25f --lanes 8

    pulsetrain estimate mnist-64 --board ulx3s-85f --sweep-lanes --plot lanes.png

    pulsetrain estimate digits --set device.preset=hzo-fefet --set variation.step=0.3

    docs/explanation/engine.md says what each option costs in logic.
    """
    output = Output(json)
    if sweep:
        _sweep(output, config, data, board, part, lanes, clock, plot, settings)
        return
    if clock is not None or plot:
        raise CliError(f"--{'plot' if plot else 'clock'} needs --sweep-lanes", USAGE)
    on_board, on_part = estimation.estimate_target(board, part)
    loaded = options.board_configuration(config, on_board, lanes, settings, output, on_part)
    chosen = options.samples(data, loaded, output) if data or loaded.training.data else None
    output.check_files()
    with output.progress() as progress:
        task = progress.add_task("training")
        found = estimation.estimate(
            loaded, chosen, board=on_board, part=None if on_board else on_part,
            progress=lambda done, total: progress.update(task, completed=done, total=total))
    output.console.print(_table(found))
    output.console.print(f"Cycles are the mean of {found.cycles_from}.")
    if found.part:
        output.console.print(_fit(found))
    if found.limit:
        output.console.print(_speed(found), soft_wrap=True)
    output.write(found.figures())
    if found.part:
        check_estimate(loaded, found.part, found.target)


def _sweep(output: Output, config: str, data: str | None, board: str | None, part: str | None,
           lanes: str | None, clock: float | None, plot: Path | None,
           settings: list[str] | None) -> None:
    """`estimate --sweep-lanes`, with the options of the command."""
    on_board, on_part = build_target(board, part, PARTS)
    if clock is not None:
        check_megahertz(clock)
    if plot:
        image_format(plot)
        check_writable(plot)
        need("report", "--plot")
    loaded = options.configuration(config, lanes, settings, output)
    chosen = options.samples(data, loaded, output) if data or loaded.training.data else None
    output.check_files({"--plot": [plot]})
    with output.progress() as progress:
        task = progress.add_task("")

        def show(step: str, done: int, total: int) -> None:
            progress.update(task, description=step, completed=done, total=total)

        found = sweep_lanes(loaded, chosen, board=on_board, part=None if on_board else on_part,
                            clock=clock, progress=show)
    if plot:
        found.picture.save(plot)
    output.console.print(_lanes_table(found))
    totals = found.part.totals
    output.console.print(f"{found.part.name} has " + ", ".join(
        f"{totals[name]:,} {shown}" for name, shown in options.RESOURCE_NAMES.items()
        if name in totals) + "; each lane takes one multiplier.", soft_wrap=True)
    output.console.print(f"Cycles are the mean of {found.cycles_from}.")
    if plot:
        output.console.print(f"Wrote {plot}.", soft_wrap=True)
    output.write(found.figures())


def _lanes_table(found: LaneSweep) -> Table:
    """One row for each number of lanes; what the part has too little of is red."""
    luts = found.part.family.luts
    shown = {luts: options.RESOURCE_NAMES[luts], "block_ram": "block RAMs"}
    if found.config.engine.single_port:
        shown["spram"] = "SPRAMs"
    clock = f" at {found.megahertz:g} MHz" if found.megahertz else ""
    table = Table(title=f"{found.config.name} on {found.target}{clock}",
                  title_style="bold", box=SIMPLE, pad_edge=False, collapse_padding=True)
    for heading in ("lanes", "groups", "cycles", "efficiency", "MHz", "samples/s", *shown.values(),
                    "fits"):
        table.add_column(heading, justify="right")
    for row in found.rows:
        used = [Text(f"{row.resources[name]:,}", "red" if name in row.short else "")
                for name in shown]
        table.add_row(
            str(row.lanes), " + ".join(map(str, row.groups)), f"{row.cycles:,.1f}",
            f"{100 * row.efficiency:.1f} %", f"{row.megahertz:.0f}",
            f"{row.samples_per_second:,.0f}", *used,
            "auto" if row.lanes == found.auto else "yes" if row.fits else "no")
    return table


def _table(found: estimation.Estimate) -> Table:
    config = found.config
    table = Table("", title=f"{config.name}: {config.engine.lanes} lanes", title_style="bold",
                  show_header=False)
    table.add_column("", justify="right")
    table.add_row("cycles per training sample, predicted", f"{found.cycles:,.1f}")
    table.add_row("cycles per training sample, ideal", f"{found.ideal_cycles:,.1f}")
    table.add_row("efficiency (ideal / predicted)", percent(found.efficiency))
    table.add_row("synapse memory, bits", f"{found.memory_bits:,}")
    table.add_row("synapse memory, rows x bits", f"{found.memory_rows:,} x {found.row_bits:,}")
    if found.spram_cells:
        table.add_row("... in SPRAMs of 256 Kibit", f"{found.spram_cells:,}")
    table.add_row("multipliers", f"{found.multipliers:,}")
    table.add_row("... each of bits", "{} x {} signed".format(*found.multiplier_bits))
    for name, bits in found.table_bits.items():
        table.add_row(f"tables of {name}, bits", f"{bits:,}")
    if found.hash_circuits:
        table.add_row("hash circuits", f"{found.hash_circuits:,}")
    return table


_LIMITS = {"core": "the core", "memory": "the memory, at most", "line": "the serial line"}
"""What limits training on a board, in words."""


def _speed(found: estimation.Estimate) -> str:
    """How many samples per second a board can train, and what limits it."""
    rates = "; ".join(f"{_LIMITS[name]} {rate:,.0f}" for name, rate in found.rates.items())
    return (f"Training samples per second at {found.clock_mhz:g} MHz and "
            f"{found.board.baud:,} baud: {rates}. Limited by {_LIMITS[found.limit]}"
            + (f"; with the samples in the board's memory, by the {found.limit_with_memory}."
               if found.limit_with_memory else "."))


def _fit(found: estimation.Estimate) -> Table:
    """The resources that the bitstream takes."""
    table = Table("", title=f"on {found.target}, estimated", title_style="bold")
    for heading in ("used", "of"):
        table.add_column(heading, justify="right")
    for name, (used, total) in found.resources.items():
        table.add_row(options.RESOURCE_NAMES[name], f"{used:,}", f"{total:,}")
    return table
