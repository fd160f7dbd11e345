"""`pulsetrain train`: the golden model on a data set."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from rtl_gen.device import learning_digest
from rtl_gen.run import (
    Backend,
    Checkpoint,
    CheckpointError,
    EpochResult,
    Summary,
    confusion_matrix,
    read_checkpoint,
    run_training,
)
from rtl_gen.spec import Config

from . import options
from .engine import make_engine
from .failure import INTERRUPTED, Failure
from .interrupt import interruptible
from .output import Output, percent
from .record import Record

_COLUMNS = {"epoch": 5, "samples": 8, "training errors": 15, "test": 8, "held out": 9,
            "pulses": 12, "refreshes": 9}
"""Headings of the table that grows epoch by epoch, and widths that fit 80 columns."""


def train(
    config: options.Source,
    data: options.Data = None,
    epochs: Annotated[int | None, typer.Option(
        min=0, metavar="N", show_default="of the configuration",
        help="Epochs of the whole run, those before --resume included. 0 only makes the initial "
             "state.")] = None,
    samples: Annotated[int | None, typer.Option(
        min=1, metavar="N", show_default="all",
        help="Stop after this many training samples.")] = None,
    validation: Annotated[int | None, typer.Option(
        min=0, metavar="N", show_default="0",
        help="Hold out the last N training samples, and report accuracy on them apart.")] = None,
    checkpoint: Annotated[Path | None, typer.Option(
        metavar="FILE", show_default=False,
        help="Write the state here after every epoch and at the end (.npz).")] = None,
    folder: Annotated[Path | None, typer.Option(
        "--run", metavar="DIR", show_default=False,
        help="Write checkpoint.npz and history.json here after every epoch; `pulsetrain report` "
             "plots them.")] = None,
    resume: Annotated[Path | None, typer.Option(
        metavar="FILE", show_default=False, help="Continue from this checkpoint.")] = None,
    engine: options.Engine = "compiled",
    lanes: options.Lanes = None,
    settings: options.Settings = None,
    json: options.Json = None,
) -> None:
    """Train the golden model: exactly the bits that the hardware would learn.

    [bold]Examples[/bold]

    pulsetrain train digits

    pulsetrain train mnist-small --data mnist:FOLDER --epochs 3 --validation 5000

    pulsetrain train digits --samples 1000 --checkpoint run.npz

    pulsetrain train digits --resume run.npz --checkpoint run.npz

    pulsetrain train digits --run first

    Ctrl-C stops after the samples in work and writes the checkpoint.
    """
    output = Output(json)
    loaded = options.configuration(config, lanes, settings)
    total = loaded.training.epochs if epochs is None else epochs
    model = make_engine(engine, loaded, output)
    start = _start(loaded, model, resume, validation)
    record = Record(output, start, checkpoint=checkpoint, run=folder, resumed=resume is not None)
    model.load(start.state)
    run = _Run(output, loaded, total, record, start)
    summary = run.train(model, data, samples) if total else run.nothing()
    if summary.interrupted:
        kept = (f"; {record.checkpoint} holds the state" if record.checkpoint
                else "; the state is lost, --checkpoint FILE would have kept it")
        raise Failure(f"interrupted after {summary.position} samples of epoch "
                      f"{summary.epoch + 1}{kept}", INTERRUPTED)
    output.write(_figures(loaded, start, summary))


def _start(config: Config, engine: Backend, resume: Path | None,
           validation: int | None) -> Checkpoint:
    if resume is None:
        return Checkpoint(state=engine.read(), epoch=0, position=0, config=config,
                          validation=validation or 0)
    start = read_checkpoint(resume, config)
    if validation not in (None, start.validation):
        raise CheckpointError(f"{resume}: was made with --validation {start.validation}, which "
                              f"cannot become {validation}: the order of samples depends on it")
    return replace(start, config=config)


class _Run:
    """One training, shown as it goes."""

    def __init__(self, output: Output, config: Config, epochs: int, record: Record,
                 start: Checkpoint) -> None:
        self._output, self._config, self._epochs = output, config, epochs
        self._record, self._start = record, start

    def nothing(self) -> Summary:
        """No epoch at all: the state as it is."""
        start = self._start
        self._record.write_end(start.state, start.epoch, start.position)
        return Summary(epochs=(), epoch=start.epoch, position=start.position, samples=0,
                       seconds=0.0, interrupted=False)

    def train(self, engine: Backend, name: str | None, samples: int | None) -> Summary:
        """Train up to the last epoch, or `samples`, or Ctrl-C."""
        data = options.samples(name, self._config)
        self._record.use(data.name)
        start, console = self._start, self._output.console
        count = len(data.split(start.validation)[0].x_train)
        console.print(f"Training [bold]{self._config.name}[/bold] on {data.name}: {count:,} "
                      f"samples to train, {start.validation:,} held out, {len(data.x_test):,} "
                      "to test")

        def show(result: EpochResult) -> None:
            console.print(_row(result))
            self._record.write_epoch(result, engine.read())

        with interruptible() as interrupted:
            console.print(_line(tuple(_COLUMNS)), style="bold")
            with self._output.progress() as progress:
                task = progress.add_task("", total=count)
                summary = run_training(
                    engine, data, epochs=self._epochs, epoch=start.epoch,
                    position=start.position, samples=samples, validation=start.validation,
                    stop=interrupted, on_epoch=show,
                    on_chunk=lambda epoch, position: progress.update(
                        task, completed=position,
                        description=f"epoch {epoch + 1} of {self._epochs}"))
            confusion = (confusion_matrix(engine, data.x_test, data.y_test)
                         if self._record.run and not summary.interrupted else None)
            self._record.write_end(engine.read(), summary.epoch, summary.position, confusion)
        if not summary.epochs and not summary.interrupted:
            console.print(f"Nothing to train: {summary.epoch} epochs are done, and --epochs is "
                          f"{self._epochs}.")
        elif not summary.interrupted:
            console.print(f"{summary.samples:,} samples at {summary.samples_per_second:,.0f} a "
                          "second.")
        return summary


def _row(result: EpochResult) -> str:
    share = result.errors / result.samples
    return _line((result.number + 1, f"{result.samples:,}", percent(share),
                  percent(result.accuracy), percent(result.validation_accuracy),
                  f"{result.pulses:,}", f"{result.refreshes:,}"))


def _line(cells: tuple[Any, ...]) -> str:
    return "  ".join(str(cell).rjust(width)
                     for cell, width in zip(cells, _COLUMNS.values(), strict=True))


def _figures(config: Config, start: Checkpoint, summary: Summary) -> dict[str, Any]:
    epochs = summary.epochs
    held_out = bool(start.validation)
    return {
        "config": config.name,
        "digest": learning_digest(config),
        "epochs": summary.epoch,
        "position": summary.position,
        "samples": summary.samples,
        "accuracy": [result.accuracy for result in epochs],
        "validation_accuracy": [result.validation_accuracy for result in epochs if held_out],
        "training_errors": [result.errors for result in epochs],
        "pulses": [result.pulses for result in epochs],
        "refreshes": [result.refreshes for result in epochs],
        "samples_per_second": summary.samples_per_second,
    }
