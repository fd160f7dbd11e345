"""`pulsetrain report`: one HTML page of a run, a checkpoint or a sweep."""

from pathlib import Path
from typing import Annotated

import typer

from rtl_gen.data import DataError
from rtl_gen.files import check_writable, write_atomically

from . import options
from .failure import USAGE, Failure
from .output import Output, percent


def report(
    source: Annotated[Path, typer.Argument(
        metavar="SOURCE", show_default=False,
        help="A folder of `pulsetrain train --run`, a checkpoint (.npz), or the table of a sweep "
             "(.csv).")],
    file: Annotated[Path | None, typer.Option(
        "-o", "--output", metavar="FILE", show_default="report.html in the folder, or beside the "
        "file with the ending .html", help="The page to write.")] = None,
    data: Annotated[str | None, typer.Option(
        "--data", metavar="NAME", show_default="of the run",
        help="Data set to test a run's state with.")] = None,
) -> None:
    """Report a run or a sweep as one HTML page that needs no network.

    Of a run: learning curves, pulses and refreshes, confusion matrix, conductances and weights,
    device. Of a sweep: accuracies over seeds, learning curves, a table.

    [bold]Examples[/bold]

    pulsetrain report first

    pulsetrain report digits.npz --data digits -o digits.html

    pulsetrain report sweep.csv
    """
    from rtl_gen.report import ReportError  # Matplotlib takes half a second to import

    output = Output(None)
    if not source.exists():
        raise Failure(f"{source}: there is no such folder or file", USAGE)
    target = file or (source / "report.html" if source.is_dir() else source.with_suffix(".html"))
    check_writable(target)
    try:
        content = (_sweep(source, data) if source.suffix.lower() == ".csv"
                   else _run(source, data, output)).encode()
    except ReportError as error:
        raise Failure(str(error), USAGE) from error
    write_atomically(target, content)
    output.console.print(f"Wrote {target}: {len(content) / 1e6:.2f} MB.", markup=False,
                         soft_wrap=True)


def _sweep(source: Path, data: str | None) -> str:
    from rtl_gen.report import read_sweep, render, sweep_page

    if data:
        raise Failure(f"{source}: is a sweep, whose states are not kept: --data cannot test them",
                      USAGE)
    return render(sweep_page(read_sweep(source)))


def _run(source: Path, data: str | None, output: Output) -> str:
    from rtl_gen.report import evaluate, read_run, recorded_evaluation, render, run_page

    run = read_run(source)
    evaluation = None if data else recorded_evaluation(run)
    name = data or (run.history and run.history.data) or run.checkpoint.config.training.data
    if not evaluation and name:
        try:
            evaluation = evaluate(run, options.samples(name, run.checkpoint.config))
        except DataError as error:
            if data:
                raise
            output.console.print(f"Not tested: {error}", markup=False, soft_wrap=True)
    if evaluation:
        output.console.print(f"The state reads {percent(evaluation.accuracy)} of the test samples "
                             f"of {evaluation.data}.", markup=False, soft_wrap=True)
    return render(run_page(run, evaluation))
