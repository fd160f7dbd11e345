"""`pulsetrain build`: an engine placed and routed, its clock and what it uses."""

import math
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from rtl_gen.files import check_folder

from . import options
from .failure import USAGE, Failure, failing_work
from .output import Output


def build(
    config: options.Source,
    folder: Annotated[Path, typer.Option(
        "-o", "--output", metavar="DIR", show_default=False,
        help="The folder to write to; made if need be.")],
    part: options.Part = "ecp5-85f",
    clock: Annotated[float, typer.Option(
        metavar="MHZ", help="Clock to aim at; the build fails where the median over the seeds "
                            "misses it.")] = 50.0,
    seeds: Annotated[int, typer.Option(
        min=1, metavar="N", help="Placements to make, each from another seed.")] = 3,
    allow_timing_fail: Annotated[bool, typer.Option(
        "--allow-timing-fail", help="End with success though the clock is missed.")] = False,
    lanes: options.Lanes = None,
    settings: options.Settings = None,
    json: options.Json = None,
) -> None:
    """Build the engine for a part: synthesise, place and route it, and report its clock.

    The engine stands between flip-flops in a harness of four pins. DIR afterwards holds the
    generated files, report.json, and the logs of every step. A 64-lane engine takes tens of
    minutes.

    [bold]Examples[/bold]

    pulsetrain build digits --clock 50 -o build

    pulsetrain build digits --part ice40up5k --lanes 4 --clock 12 --seeds 1 -o build
    """
    output = Output(json)
    loaded = options.configuration(config, lanes, settings)
    chosen = options.part(part)
    if not (math.isfinite(clock) and clock > 0):
        raise Failure(f"--clock must be above 0 MHz, not {clock:g}", USAGE)
    check_folder(folder)
    with failing_work():
        from boards import build as building

        with output.console.status("") as status:
            def show(step: str) -> None:
                output.console.print(f"{step} …", markup=False)
                status.update(step)

            built = building.build(loaded, chosen, clock=clock, seeds=seeds, folder=folder,
                                   step=show)
        _show(output, built.report())
        output.write(built.report())
        if not allow_timing_fail:
            building.check_timing(built)


def _show(output: Output, report: dict) -> None:
    table = Table("", title=f"{report['config']}: {report['lanes']} lanes on {report['part']}",
                  title_style="bold")
    for heading in ("used", "of", "share", "a lane"):
        table.add_column(heading, justify="right")
    for name, count in report["resources"].items():
        used, total = count["used"], count["total"]
        table.add_row(options.RESOURCE_NAMES[name], f"{used:,}", f"{total:,}",
                      f"{100 * used / total:.1f} %", f"{used / report['lanes']:,.1f}")
    output.console.print(table)
    clocks = Table("clock", title="clocks, MHz", title_style="bold")
    for heading in ("target", "median", "lowest", "highest"):
        clocks.add_column(heading, justify="right")
    for name, clock in report["clocks"].items():
        by_seed = clock["achieved_mhz_by_seed"]
        clocks.add_row(name, *(f"{value:.1f}" for value in (
            clock["target_mhz"], clock["achieved_mhz"], min(by_seed), max(by_seed))))
    output.console.print(clocks)
    path = report["critical_path"]
    output.console.print(
        f"Critical path, {path['nanoseconds']:.1f} ns: {path['start']} to {path['end']}, through "
        f"{', '.join(path['blocks'])}.", markup=False, soft_wrap=True)
    output.console.print("Seconds: " + ", ".join(
        f"{step} {seconds:.1f}" for step, seconds in report["seconds"].items()), soft_wrap=True)
    output.console.print("Made with " + ", ".join(
        f"{name} {version}" for name, version in report["tools"].items()), soft_wrap=True)
