"""`pulsetrain tune`: the settings with which a configuration learns best."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from pulsetrain import __version__
from pulsetrain.errors import FAILED, INTERRUPTED
from pulsetrain.face.tuning import MOST_SEEDS, PAGE, TUNED
from pulsetrain.face.tuning import tune as search
from pulsetrain.sweep import ClusterLostError
from pulsetrain.tuning import MOST_TRIALS, OBJECTIVES, SEARCHED, STUDY, Score, Tuned, Workers

from . import options
from .cluster import Jobs, Scheduler, TlsFolder, check_workers, read_tls
from .console import styled
from .failure import CliError
from .interrupt import interruptible_once
from .output import Output, percent


def tune(
    config: options.Source,
    data: options.Data = None,
    folder: Annotated[Path | None, typer.Option(
        "--run", metavar="DIR", show_default="NAME-tune, with the configuration's name",
        help=f"Write {TUNED} and {PAGE} here, and keep the search in {STUDY}.")] = None,
    trials: Annotated[int, typer.Option(
        min=1, max=MOST_TRIALS, metavar="N",
        help="Settings to try, including those of an earlier search in DIR.")] = 60,
    epochs: Annotated[int | None, typer.Option(
        min=1, max=100_000, metavar="N", show_default="from the configuration",
        help="Epochs of every training.")] = None,
    seeds: Annotated[int, typer.Option(
        min=1, max=MOST_SEEDS, metavar="N",
        help="Trainings of each trial: their mean counts.")] = 3,
    validation: Annotated[int | None, typer.Option(
        min=1, metavar="N", show_default="a fifth, at most 10,000",
        help="Training samples to hold out; accuracy on them decides.")] = None,
    keep: Annotated[list[str] | None, typer.Option(
        metavar="KEY", show_default=False,
        help=f"Do not search this key: {', '.join(SEARCHED)}. Can be given several times.")] = None,
    objective: Annotated[str, typer.Option(
        metavar="NAME", help=f"{' or '.join(OBJECTIVES)}. With energy, each trial is judged by its "
                             "accuracy and by the energy of the array per sample: the page shows "
                             "the best trades, and the least energy within one percentage point of "
                             "the best accuracy is taken.")] = "accuracy",
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    tls: TlsFolder = None,
    settings: options.Settings = None,
    json: options.Json = None,
) -> None:
    """Find the settings with which a device learns best, by held-out samples.

    Searched are the range of the weights, the pulse gate, thresholds, update
    method and conductance bits. Trials train on a part of the training samples
    and are judged by the rest; those that fall behind end early. At the end,
    the best settings and the given ones are compared on the test samples.

    [bold]Examples[/bold]

    pulsetrain tune digits --set device.file=points.csv --run mine

    pulsetrain train mine/tuned.toml

    pulsetrain tune mnist-small --data mnist:FOLDER --epochs 3 --trials 30 --jobs 4

    pulsetrain tune digits --set device.preset=pcmo --keep update.method

    pulsetrain tune digits --set device.preset=ag-a-si --objective energy

    After an interruption the same command continues; with more --trials it goes on searching.
    """
    check_workers(jobs, scheduler, tls)
    output = Output(json)
    loaded = options.configuration(config, None, settings, output)
    chosen = options.samples(data, loaded, output)
    target = folder or Path(f"{loaded.name}-tune")
    workers = Workers(jobs=jobs, scheduler=scheduler, tls=read_tls(tls, output))
    output.check_files({"--run": [target, *(target / name for name in (TUNED, PAGE, STUDY))]})
    total = loaded.training.epochs if epochs is None else epochs
    console = output.console
    console.print(styled("Tuning ", (loaded.name, "bold"), f" on {chosen.name}: {trials:,} trials "
                         f"of {total} epochs, {seeds} trainings each; the search is kept in "
                         f"{target / STUDY}"), soft_wrap=True)
    name = data or loaded.training.data or chosen
    try:
        with interruptible_once(console.print), output.progress() as progress:
            bar = progress.add_task("", total=trials)

            def watch(done: int, left: int, best: float | None) -> None:
                progress.update(bar, completed=done, total=left,
                                description="" if best is None else f"best {percent(best)}")

            tuned = search(loaded, name, folder=target, trials=trials, epochs=epochs,
                           seeds=seeds, held_out=validation, keep=keep or (), objective=objective,
                           workers=workers, progress=watch)
    except KeyboardInterrupt:
        raise CliError(f"interrupted; {target / STUDY} holds the trials that have ended, and the "
                       "same command continues from there", INTERRUPTED) from None
    except ClusterLostError as error:
        raise CliError(f"{error}; {target / STUDY} holds the trials that have ended, and the same "
                       "command continues from there", FAILED) from error
    console.print(_shown(tuned))
    console.print(f"Wrote {target / TUNED}, which `pulsetrain train` takes, and {target / PAGE}.",
                  soft_wrap=True)
    output.write(_figures(tuned, target))


def _shown(tuned: Tuned) -> Table:
    from pulsetrain.report.tune_page import compared  # needs the extra that draws pages

    table = Table("setting", title=f"{len(tuned.tried)} trials" + (
        "" if tuned.improved else ": none better than the given settings"), title_style="bold")
    for heading in ("given", "tuned"):
        table.add_column(heading, justify="right")
    for row in compared(tuned):
        table.add_row(*(cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row))
    return table


def _figures(tuned: Tuned, folder: Path) -> dict[str, Any]:
    return {
        "version": __version__, "config": tuned.config.name, "data": tuned.data,
        "epochs": tuned.epochs, "held_out": tuned.held_out, "tuned": str(folder / TUNED),
        "page": str(folder / PAGE), "improved": tuned.improved,
        "objective": tuned.objective, "front": [tried.number for tried in tuned.front],
        "given": _score(tuned.default), "best": _score(tuned.best),
        "importance": tuned.importance, "trials": [asdict(tried) for tried in tuned.tried]}


def _score(score: Score) -> dict[str, Any]:
    design = score.config.design
    return {
        "held_out_accuracy": list(score.held_out), "test_accuracy": list(score.test),
        "device_pulses": score.device_pulses, "joules_per_sample": score.joules,
        "method": score.config.design.method,
        "conductance_bits": design.conductance_bits,
        "forward_shift": [layer.forward_shift for layer in design.layers],
        "weight_range": [layer.weight_range for layer in design.layers],
        "pulse_probability": design.pulse_probability, "pulse_decay": design.pulse_decay,
        "row_threshold": [layer.row_threshold for layer in design.layers],
        "delta_threshold": [layer.delta_threshold for layer in design.layers]}
