"""`pulsetrain report`: one HTML page of a run, a checkpoint or a sweep."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pulsetrain.data import DataError
from pulsetrain.errors import USAGE
from pulsetrain.extras import need
from pulsetrain.files import check_writable, write_atomically
from pulsetrain.run import CHECKPOINT, HISTORY

from . import options
from .browser import open_browser
from .failure import CliError
from .figures import Figures
from .output import Output, percent

if TYPE_CHECKING:
    from pulsetrain.report import Page


def report(
    source: Annotated[Path, typer.Argument(
        metavar="SOURCE", show_default=False,
        help="A folder that `pulsetrain train --run` wrote, a checkpoint (.npz), or the table of a "
             "sweep (.csv).")],
    file: Annotated[Path | None, typer.Option(
        "-o", "--output", metavar="FILE", show_default="report.html in the folder; for a file, "
        "its path with the ending .html", help="The page to write.")] = None,
    data: Annotated[str | None, typer.Option(
        "--data", metavar="NAME", show_default="the run's",
        help="Data set to test a run's state with.")] = None,
    figures: options.Figures = None,
    open_page: options.Open = False,
) -> None:
    """Report a run or a sweep as one HTML page that needs no network.

    The page of a run shows learning curves, pulses and refreshes, the confusion matrix,
    conductances and weights, and the device. The page of a sweep shows accuracies over seeds,
    learning curves, and a table.

    [bold]Examples[/bold]

    pulsetrain report first --open

    pulsetrain report digits.npz --data digits -o digits.html

    pulsetrain report sweep.csv

    pulsetrain report first --figures paper
    """
    output = Output(None)
    need("report", "pulsetrain report")
    if not source.exists():
        raise CliError(f"{source}: there is no such folder or file", USAGE)
    if source.is_dir():
        target, reads = file or source / "report.html", [source / CHECKPOINT, source / HISTORY]
    else:
        target, reads = file or source.with_suffix(".html"), [source]
    output.reads += reads
    output.check_files({"--output": [target]})
    check_writable(target)
    drawn = Figures(figures)
    page = (_sweep(source, data) if source.suffix.lower() == ".csv"
            else _run(source, data, output, target))
    from pulsetrain.report import figures as figures_of
    from pulsetrain.report import render

    plots = figures_of(page)
    output.check_files({"--output": [target], "--figures": drawn.files(plots)})
    content = render(page).encode("utf-8", "backslashreplace")
    write_atomically(target, content)
    output.console.print(f"Wrote {target}: {len(content) / 1e6:.2f} MB.",
                         soft_wrap=True)
    drawn.write(output, plots)
    if open_page:
        open_browser(target.resolve().as_uri(), output)


def _sweep(source: Path, data: str | None) -> Page:
    from pulsetrain.report import read_sweep, sweep_page

    if data:
        raise CliError(f"{source}: is a sweep, whose states are not kept: --data cannot test them",
                       USAGE)
    return sweep_page(read_sweep(source))


def _run(source: Path, data: str | None, output: Output, target: Path) -> Page:
    from pulsetrain.report import evaluate, read_run, recorded_evaluation, run_page

    run = read_run(source)
    evaluation = None if data else recorded_evaluation(run)
    name = data or (run.history and run.history.data) or run.checkpoint.config.training.data
    if not evaluation and name:
        try:
            samples = options.samples(name, run.checkpoint.config, output)
            output.check_files({"--output": [target]})
            evaluation = evaluate(run, samples)
        except DataError as error:
            if data:
                raise
            output.console.print(f"Not tested: {error}", soft_wrap=True)
    if evaluation:
        output.console.print(f"The state reads {percent(evaluation.accuracy)} of the test samples "
                             f"of {evaluation.data}.", soft_wrap=True)
    return run_page(run, evaluation)
