"""`pulsetrain data`: what a data set holds, and a configuration for it."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from pulsetrain.data import SOURCES, data_files
from pulsetrain.face.description import DataDescription, config_name, describe_data
from pulsetrain.files import check_writable, write_atomically

from . import options
from .output import Output

_SHOWN = 20
"""Most rows of a table on the terminal."""


def data(
    name: Annotated[str, typer.Argument(
        metavar="NAME", show_default=False, help=f"Data set: {SOURCES}.")],
    file: Annotated[Path | None, typer.Option(
        "-o", "--output", metavar="FILE", show_default=False,
        help="Write a configuration to begin with (.toml): the network's inputs and outputs, and "
             "how the columns of a table are scaled.")] = None,
    json: options.Json = None,
) -> None:
    """Show what a data set holds, and write a configuration for it.

    csv:FILE is a table with one sample in each row. Its first line names the columns: one holds the
    label, all others are numbers. Options follow the file after #, separated by &: label=NAME;
    ignore=NAME, once for each column to leave out; test=0.25, the share of every class that is for
    testing; test=FILE, another table for testing; split=NAME, a column of train and test.

    [bold]Examples[/bold]

    pulsetrain data digits

    pulsetrain data csv:wine.csv -o wine.toml

    pulsetrain data "csv:wine.csv#label=cultivar&ignore=id&test=0.25" -o wine.toml

    pulsetrain train wine.toml --epochs 20
    """
    output = Output(json)
    output.reads += data_files(name)
    output.check_files({"--output": [file]})
    if file:
        check_writable(file)
    with output.console.status(f"reading {name}"):
        described = describe_data(name)
    _show(output, described)
    if file:
        write_atomically(file, described.configuration(config_name(file)).encode())
        output.console.print(f"Wrote {file}. Go on with: pulsetrain train {file}", soft_wrap=True)
    output.write(_figures(described))


def _show(output: Output, described: DataDescription) -> None:
    samples, console = described.data, output.console
    console.print(f"{samples.name}: {samples.inputs:,} inputs, {len(described.counts):,} classes, "
                  f"{len(samples.x_train):,} samples to train and {len(samples.x_test):,} to test.",
                  soft_wrap=True)
    if described.scaling:
        scaling = described.scaling
        columns = Table("input", "column", title="Inputs: pixel 0 is the lowest value, 255 the "
                        "highest", title_style="bold")
        for heading in ("lowest", "highest"):
            columns.add_column(heading, justify="right")
        rows = list(zip(scaling.columns, scaling.low, scaling.high, strict=True))
        for number, (column, low, high) in enumerate(rows[:_SHOWN]):
            columns.add_row(str(number), column, f"{low:g}", f"{high:g}")
        console.print(columns)
        _more(output, len(rows))
    classes = Table("class", "label", title="Classes", title_style="bold")
    for heading in ("to train", "to test"):
        classes.add_column(heading, justify="right")
    for number, (label, train, test) in enumerate(described.counts[:_SHOWN]):
        classes.add_row(str(number), label, f"{train:,}", f"{test:,}")
    console.print(classes)
    _more(output, len(described.counts))


def _more(output: Output, count: int) -> None:
    if count > _SHOWN:
        output.console.print(f"and {count - _SHOWN:,} more")


def _figures(described: DataDescription) -> dict[str, Any]:
    samples = described.data
    return {
        "data": samples.name, "inputs": samples.inputs, "train": len(samples.x_train),
        "test": len(samples.x_test),
        "classes": [dict(zip(("label", "train", "test"), row, strict=True))
                    for row in described.counts],
        "scaling": described.scaling and described.scaling.model_dump()}
