"""`pulsetrain area`: what engines take after synthesis, against the versioned baselines."""

from dataclasses import replace
from typing import Annotated

import typer
from rich.table import Table

from pulsetrain.errors import FAILED, USAGE
from pulsetrain.face.hardware import find_part
from pulsetrain.fpga.families import PARTS
from pulsetrain.fpga.family import RESOURCES

from . import options
from .console import styled
from .failure import CliError
from .output import Output


def area(
    configs: Annotated[list[str] | None, typer.Argument(
        metavar="[CONFIG]...", show_default="every baseline",
        help="Only baselines of these configurations.")] = None,
    part: Annotated[str | None, typer.Option(
        "--part", metavar="NAME", show_default="every part",
        help="Only baselines of this part.")] = None,
    update: Annotated[bool, typer.Option(
        "--update", help="Write the measured counts as new baselines.")] = False,
    json: options.Json = None,
) -> None:
    """Measure what engines take after synthesis, and compare it with the versioned baselines.

    It fails if a count is more than 10 % off its baseline. Every engine is synthesised alone; one
    of 64 lanes takes minutes.

    [bold]Examples[/bold]

    pulsetrain area

    pulsetrain area digits --part ecp5-85f

    pulsetrain area --update
    """
    from pulsetrain.fpga import area as measuring

    output = Output(json)
    entries = measuring.read_baselines()
    output.reads.append(measuring.BASELINES)
    output.check_files()
    chosen = [entry for entry in entries
              if (not configs or entry.source in configs)
              and (part is None or entry.part == find_part(part, PARTS))]
    if not chosen:
        known = ", ".join(sorted({entry.source for entry in entries}))
        raise CliError("no baseline matches CONFIG and --part; there are baselines for "
                       f"{known}", USAGE)
    table = Table("engine", title="after synthesis: total (per lane)", title_style="bold")
    for name in RESOURCES:
        table.add_column(options.RESOURCE_NAMES[name], justify="right")
    figures, wrong = [], []
    for entry in chosen:
        with output.console.status("") as status:
            used = measuring.measure(entry.config, entry.part, step=lambda step, entry=entry:
                                     status.update(styled(f"{step} {entry.name}")))
        lanes = entry.config.engine.lanes
        output.console.print(f"{entry.name}: done")
        table.add_row(entry.name, *(
            f"{used[name]:,} ({used[name] / lanes:,.1f})" if name in used else "-"
            for name in RESOURCES))
        if update:
            entries[entries.index(entry)] = replace(entry, used=used)
            measuring.write_baselines(entries)
        else:
            wrong += entry.differences(used)
        figures.append({"config": entry.source, "set": list(entry.settings),
                        "part": entry.part.name, "lanes": lanes, "used": used,
                        "baseline": entry.used})
    output.console.print(table)
    output.write({"engines": figures, "differences": wrong})
    if wrong:
        wrong.append("if this is intended, `pulsetrain area --update` writes new baselines")
        raise CliError("\n".join(wrong), FAILED)
