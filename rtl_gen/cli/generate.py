"""`pulsetrain generate`: Verilog, manifest and configuration in one folder."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from pulsetrain.device import engine_digest, learning_digest
from pulsetrain.files import check_folder

from . import options
from .output import Output


def generate(
    config: options.Source,
    folder: Annotated[Path, typer.Option(
        "-o", "--output", metavar="DIR", show_default=False,
        help="The folder to write to; created if it is missing.")],
    lanes: options.Lanes = None,
    settings: options.Settings = None,
    json: options.Json = None,
) -> None:
    """Generate the engine: pulsetrain.v, manifest.json and config.json.

    The manifest describes ports, registers and the memory map. The same configuration and version
    always give the same bytes, in any folder.

    [bold]Examples[/bold]

    pulsetrain generate digits -o digits-engine

    pulsetrain generate mnist --lanes 16 --set update.method=bidirectional -o engine
    """
    from pulsetrain import emit

    output = Output(json)
    loaded = options.configuration(config, lanes, settings, output)
    output.check_files({"--output": [folder, *(folder / name for name in emit.FILES)]})
    check_folder(folder)
    with output.console.status("generating"):
        emit.generate(loaded, folder)
    sizes = {path.name: path.stat().st_size
             for path in (folder / name for name in emit.FILES)}
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
