"""`pulsetrain sweep`: many trainings from one file."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table as RichTable

from pulsetrain import __version__
from pulsetrain.data import data_files
from pulsetrain.errors import FAILED, INTERRUPTED
from pulsetrain.spec.units import quantity
from pulsetrain.sweep import (
    ClusterLostError,
    Outcome,
    Point,
    Table,
    Task,
    load_sweep,
    locked,
    plan,
    record_of,
    record_path,
    run_tasks,
    summarise,
    sweep_names,
    write_record,
)

from . import options
from .cluster import Jobs, Scheduler, TlsFolder, check_workers, read_tls
from .console import styled
from .failure import CliError, show_error
from .figures import Figures
from .interrupt import interruptible_once
from .output import Output, percent


def sweep(
    file: Annotated[str, typer.Argument(
        metavar="FILE", show_default=False,
        help=f"A built-in sweep ({', '.join(sweep_names())}), or a TOML file.")],
    data: Annotated[str | None, typer.Option(
        "--data", metavar="NAME", show_default="from the sweep or its configuration",
        help=f"Data set: {options.SOURCES}.")] = None,
    table: Annotated[Path | None, typer.Option(
        "--output", "-o", metavar="FILE", show_default="NAME.csv, with the sweep's name",
        help="The table: a row is added when its training ends. Trainings that have a row already "
             "are not repeated.")] = None,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    tls: TlsFolder = None,
    figures: options.Figures = None,
    json: options.Json = None,
) -> None:
    """Train cases x grid x seeds of a sweep file in parallel, and show mean and spread.

    A sweep file names a configuration and the values to vary: docs/how-to/sweeps.md describes it.

    [bold]Examples[/bold]

    pulsetrain sweep digits-methods

    pulsetrain sweep mine.toml --data mnist:FOLDER -o mine.csv --jobs 8

    pulsetrain sweep mine.toml --scheduler tcp://host:8786

    After an interruption, the same command continues where it stopped. NAME.sweep.json, beside the
    table, keeps the sweep file and the settings of every case for `pulsetrain report NAME.csv`.
    """
    check_workers(jobs, scheduler, tls)
    output = Output(json)
    loaded = load_sweep(file, files=output.reads)
    tasks = plan(loaded, data, files=output.reads)
    output.reads += data_files(tasks[0].source)
    secrets = read_tls(tls, output)
    path = table or Path(f"{loaded.name}.csv")
    record = record_path(path)
    output.check_files({"--output": [path, record]})
    drawn = Figures(figures)
    with locked(path):
        results = Table(path, tasks)
        failed = _work(output, loaded.name, tasks, results,
                       partial(run_tasks, jobs=jobs, scheduler=scheduler, tls=secrets),
                       partial(write_record, record, record_of(file, loaded, tasks)))
    points = summarise(tasks, results.rows)
    output.console.print(_shown(points))
    output.write({
        "sweep": loaded.name, "version": __version__, "data": tasks[0].data,
        "epochs": loaded.epochs, "seeds": list(loaded.seeds), "table": str(results.path),
        "trainings": len(tasks), "failed": failed,
        "points": [asdict(point) for point in points]})
    if figures and results.rows:
        from pulsetrain.report import figures as figures_of
        from pulsetrain.report import read_sweep, sweep_page

        plots = figures_of(sweep_page(read_sweep(path)))
        output.check_files({"--output": [path, record], "--figures": drawn.files(plots)})
        drawn.write(output, plots)
    if failed:
        raise CliError(f"{len(failed)} of {len(tasks)} trainings failed; the same command tries "
                       "them again", FAILED)


def _work(output: Output, name: str, tasks: tuple[Task, ...], table: Table,
          run: Callable[[list[Task]], Iterator[Outcome]], keep: Callable[[], None]) -> list[str]:
    """Train the tasks that have no row in `table`; returns the names of those that failed.

    `keep` writes the record of the sweep; it is called as soon as the table has a row.
    """
    console, failed = output.console, []
    left = [task for task in tasks if task.key not in table.rows]
    console.print(styled("Sweep ", (name, "bold"), f": {len(tasks):,} trainings of "
                         f"{tasks[0].epochs} epochs, {len(left):,} to do; rows go to "
                         f"{table.path}"), soft_wrap=True)
    if table.rows:
        keep()
    if not left:
        return failed
    best = max((float(row["accuracy"]) for row in table.rows.values()), default=0.0)
    try:
        with (interruptible_once(console.print), output.progress() as progress,
              closing(run(left)) as outcomes):
            bar = progress.add_task("", total=len(tasks), completed=len(tasks) - len(left))
            for outcome in outcomes:
                if outcome.row is None:
                    failed.append(str(outcome.task))
                    show_error(f"{outcome.task}: {outcome.error}")
                else:
                    table.append(outcome.row)
                    if len(table.rows) == 1:
                        keep()
                    last = float(outcome.row["accuracy"])
                    best = max(best, last)
                    if not console.is_terminal:
                        console.print(f"{outcome.task}: {percent(last)}")
                    progress.update(bar, description=f"last {percent(last)}, best {percent(best)}")
                progress.advance(bar)
    except KeyboardInterrupt:
        raise CliError(f"interrupted; {_kept(tasks, table)}", INTERRUPTED) from None
    except ClusterLostError as error:
        raise CliError(f"{error}; {_kept(tasks, table)}", FAILED) from error
    return failed


def _kept(tasks: tuple[Task, ...], table: Table) -> str:
    return (f"{table.path} holds {len(table.rows):,} of {len(tasks):,} trainings, and the same "
            "command continues from there")


def _shown(points: list[Point]) -> RichTable:
    """A line for each point: mean and spread of the test accuracy, and the mean number of device
    pulses, energy and time of a training, if they are known."""
    keys = tuple(points[0].grid)
    shown = RichTable(title="test accuracy after the last epoch", title_style="bold")
    for heading in ("case", "model", *(key.rpartition(".")[2] for key in keys)):
        shown.add_column(heading, overflow="fold")
    known = any(point.joules is not None for point in points)
    costs = ("energy\n/ training", "time\n/ training") if known else ()
    for heading in ("seeds", "mean ± deviation", "device\npulses", *costs):
        shown.add_column(heading, justify="right")
    for point in points:
        spent = ["-" if amount is None else quantity(amount, unit) for amount, unit in (
            (point.joules, "J"), (point.array_seconds, "s")) if known]
        shown.add_row(point.case, point.model, *(point.grid[key] for key in keys), str(point.n),
                     _spread(point), _rounded(point.device_pulses), *spent)
    return shown


def _spread(point: Point) -> str:
    """Mean and deviation, such as "96.02 % ± 1.16"; no deviation for one seed."""
    if point.deviation is None:
        return percent(point.mean)
    return f"{percent(point.mean)} ± {100 * point.deviation:.2f}"


def _rounded(count: float | None) -> str:
    """A count in three digits, such as "1.25 M"; "-" if it is unknown."""
    if count is None:
        return "-"
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if count >= 0.9995 * size:
            return f"{float(f'{count / size:.3g}'):g} {unit}"
    return f"{count:.3g}"
