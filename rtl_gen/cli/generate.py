"""`pulsetrain generate`: Verilog, manifest and configuration in one folder."""

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table

from pulsetrain.device import engine_digest, learning_digest
from pulsetrain.files import check_folder

from . import options
from .output import Output

Bus = Literal["axi", "wishbone", "wishbone-pipelined"]
Clock = Literal["same", "async"]


def generate(
    config: options.Source,
    folder: Annotated[Path, typer.Option(
        "-o", "--output", metavar="DIR", show_default=False,
        help="The folder to write to; created if it is missing.")],
    name: Annotated[str, typer.Option(
        "--name", metavar="NAME",
        help="Name of the top module and its file, and the beginning of the names of all modules: "
             "engines of unlike names can be in one design.")] = "pulsetrain",
    no_init: Annotated[bool, typer.Option(
        "--no-init", help="Leave out the initial values of registers and memories, for devices "
                          "that cannot load them. Then a reset is needed after power-up, and "
                          "every row of synapses must be written.")] = False,
    bus: Annotated[Bus | None, typer.Option(
        "--bus", show_default=False,
        help="Also write a top that puts the engine behind this bus: AXI4-Lite with streams "
             "(AXI4-Stream), or Wishbone B4.")] = None,
    bus_clock: Annotated[Clock, typer.Option(
        "--bus-clock",
        help="Whether the engine has the bus's clock, or its own (async).")] = "same",
    lanes: options.Lanes = None,
    settings: options.Settings = None,
    json: options.Json = None,
) -> None:
    """Generate the engine: NAME.v, NAME.vlt, manifest.json and config.json.

    The manifest describes ports, registers and the memory map. NAME.vlt waives warnings:
    `verilator --lint-only -Wall NAME.vlt NAME.v` shows none. The same configuration and version
    always give the same bytes, in any folder.

    [bold]Examples[/bold]

    pulsetrain generate digits -o digits-engine

    pulsetrain generate digits --name reader -o reader

    pulsetrain generate digits --bus axi -o digits-axi

    pulsetrain generate mnist --lanes 16 --set update.method=bidirectional -o engine
    """
    from pulsetrain import emit

    output = Output(json)
    emit.check_name(name)
    names = emit.output_names(name, bus or "")
    loaded = options.configuration(config, lanes, settings, output)
    output.check_files({"--output": [folder, *(folder / file for file in names)]})
    check_folder(folder)
    with output.console.status("generating"):
        emit.generate(loaded, folder, name, initial_values=not no_init, bus=bus or "",
                      crosses=bus_clock == "async")
    sizes = {path.name: path.stat().st_size
             for path in (folder / file for file in names) if path.is_file()}
    table = Table("file", title=f"{loaded.name}: {loaded.engine.lanes} lanes", title_style="bold")
    table.add_column("bytes", justify="right")
    for name, size in sizes.items():
        table.add_row(str(folder / name), f"{size:,}")
    output.console.print(table)
    output.console.print(f"Engine digest {engine_digest(loaded)[:16]}. Check it with: "
                         f"pulsetrain verify {folder}", soft_wrap=True)
    output.write({"config": loaded.name, "folder": str(folder), "files": sizes,
                  "digest": engine_digest(loaded),
                  "learning_digest": learning_digest(loaded)})
