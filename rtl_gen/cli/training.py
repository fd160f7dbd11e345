"""A training of the golden model or of a board, with its progress on the terminal."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any

from rich.table import Table

from pulsetrain.data import DataSet
from pulsetrain.errors import INTERRUPTED
from pulsetrain.golden import State
from pulsetrain.run import (
    Backend,
    Checkpoint,
    EpochResult,
    Keeper,
    ProgressFile,
    ScrubbedBackend,
    Source,
    Summary,
    confusion_matrix,
    prices,
    run_training,
)
from pulsetrain.spec.units import quantity

from .console import styled
from .failure import CliError
from .interrupt import interruptible
from .output import Output, percent
from .record import Record

_COLUMNS = {("", "epoch"): 5, ("", "samples"): 7, ("training", "errors"): 8, ("", "test"): 8,
            ("held", "out"): 8, ("synapses", "pulsed"): 11, ("device", "pulses"): 13,
            ("pairs", "refreshed"): 9}
"""The two lines of each heading of the table of epochs, and column widths that fit 80 columns."""

_COSTS = {**dict(list(_COLUMNS.items())[:5]), ("device", "pulses"): 13, ("energy", "/ sample"): 9,
          ("time", "/ sample"): 9}
"""The same where energy is counted."""


class Training:
    """One training from `start` to the end of `epochs`; `record` writes its files."""

    def __init__(self, output: Output, epochs: int, record: Record, start: Checkpoint) -> None:
        self._output, self._epochs, self._record, self._start = output, epochs, record, start
        self._prices = prices(start.config)

    def nothing(self) -> Summary:
        """Train nothing: write the state unchanged."""
        start = self._start
        self._record.write_end(start.state, start.epoch, start.position)
        return Summary(epochs=(), epoch=start.epoch, position=start.position, samples=0,
                       seconds=0.0, interrupted=False)

    def train(self, engine: Backend, data: DataSet, samples: int | None, name: str,
              watch: Callable[[int, int], str] = lambda epoch, position: "",
              source: Source | None = None,
              link: Callable[[], dict[str, int] | None] = lambda: None) -> Summary:
        """Train up to the last epoch, or `samples`, or Ctrl-C.

        `name` says what the engine is. `watch` is called with epoch and position after every few
        samples; the text it returns is shown beside the progress bar. `source` gives the samples of
        `data` to the engine; by default they are sent one by one. `link` gives the counts of the
        line to a board.

        Raises:
            CliError: it was interrupted.
        """
        self._record.use(data.name)
        start, console = self._start, self._output.console
        count = len(data.split(start.validation)[0].x_train)
        console.print(styled(
            "Training ", (start.config.name, "bold"),
            f" on {data.name}: {count:,} samples to train, {start.validation:,} held out, "
            f"{len(data.x_test):,} to test"), soft_wrap=True)

        last: State | None = None

        def show(result: EpochResult) -> None:
            nonlocal last
            console.print(self._row(result))
            last = engine.read()
            self._record.write_epoch(result, last)

        def noted(epoch: int, position: int) -> None:
            for note in notes:
                note(epoch, position)
            progress.update(
                task, completed=position, description=
                f"epoch {epoch + 1} of {self._epochs}{watch(epoch, position)}"
                + (", testing" if position == count else ""))

        notes: list[Callable[[int, int], None]] = []
        if self._record.checkpoint or isinstance(engine, ScrubbedBackend):
            notes += [Keeper(count, lambda epoch, position: self._record.keep(
                engine.read(), epoch, position))]
        with interruptible() as interrupted, ExitStack() as files:
            followed = None
            if self._record.run:
                followed = files.enter_context(ProgressFile(
                    self._record.run, engine, (start.epoch, start.position), engine=name,
                    data=data.name, epochs=self._epochs, count=count, link=link))
                notes += [followed]
            for heading in zip(*self._columns, strict=True):
                console.print(self._line(heading), style="bold")
            with self._output.progress() as progress:
                task = progress.add_task("", total=count)
                summary = run_training(
                    engine, data, epochs=self._epochs, epoch=start.epoch,
                    position=start.position, samples=samples, validation=start.validation,
                    stop=interrupted, on_epoch=show, source=source, on_chunk=noted)
            confusion = (confusion_matrix(engine, data.x_test, data.y_test)
                         if self._record.run and not summary.interrupted else None)
            self._record.write_end(last or engine.read(), summary.epoch, summary.position,
                                   confusion)
            if followed:
                followed.end(summary.epoch, summary.position, interrupted=summary.interrupted)
        self._show_ending(summary)
        return summary

    @property
    def _columns(self) -> dict[tuple[str, str], int]:
        return _COSTS if self._prices else _COLUMNS

    def _row(self, result: EpochResult) -> str:
        share, spent = result.errors / result.samples, result.costs(self._prices)
        cells = [result.number + 1, f"{result.samples:,}", percent(share),
                 percent(result.accuracy), percent(result.validation_accuracy)]
        if self._prices:
            cells += [_count(result.device_pulses),
                      _each(spent and spent.total_joules, result.samples, "J"),
                      _each(spent and spent.total_seconds, result.samples, "s")]
        else:
            cells += [f"{result.pulses:,}", _count(result.device_pulses),
                      f"{result.refreshes:,}"]
        return self._line(cells)

    def _line(self, cells: Iterable[Any]) -> str:
        return " ".join(str(cell).rjust(width)
                        for cell, width in zip(cells, self._columns.values(), strict=True))

    def _show_costs(self, summary: Summary) -> None:
        """Joules and seconds of the trained samples by kind of work, if they are known."""
        spent = [result.costs(self._prices) for result in summary.epochs]
        known = [costs for costs in spent if costs]
        if not known or len(known) < len(spent):
            return
        table = Table(title="energy and time of the array per sample", title_style="bold")
        table.add_column("")
        for heading in ("energy", "share", "time", "share"):
            table.add_column(heading, justify="right")
        joules, seconds = (sum(getattr(costs, name) for costs in known)
                           for name in ("total_joules", "total_seconds"))
        for kind in known[0].joules:
            energy = sum(costs.joules[kind] for costs in known)
            time = sum(costs.seconds[kind] for costs in known)
            if energy or time:
                table.add_row(kind, quantity(energy / summary.samples, "J"),
                              percent(energy / joules if joules else 0.0),
                              quantity(time / summary.samples, "s"),
                              percent(time / seconds if seconds else 0.0))
        table.add_row("in total", quantity(joules / summary.samples, "J"), "",
                      quantity(seconds / summary.samples, "s"), "", style="bold")
        self._output.console.print(table)

    def _show_ending(self, summary: Summary) -> None:
        if summary.interrupted:
            kept = self._record.checkpoint
            raise CliError(
                f"interrupted after {summary.position} samples of epoch {summary.epoch + 1}"
                + (f"; {kept} holds the state" if kept
                   else "; the state is lost, --checkpoint FILE would have kept it"), INTERRUPTED)
        if not summary.epochs:
            self._output.console.print(f"Nothing to train: {summary.epoch} epochs are done, and "
                                       f"--epochs is {self._epochs}.")
        else:
            self._show_costs(summary)
            self._output.console.print(f"{summary.samples:,} samples at "
                                       f"{summary.samples_per_second:,.0f} per second.")


def _count(number: int | None) -> str:
    return "-" if number is None else f"{number:,}"


def _each(amount: float | None, samples: int, unit: str) -> str:
    return "-" if amount is None else quantity(amount / samples, unit)
