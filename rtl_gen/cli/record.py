"""The files that a training writes: its checkpoint, and in a run folder also its history."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from pulsetrain.errors import USAGE
from pulsetrain.files import check_folder, check_writable, same_file
from pulsetrain.golden import State
from pulsetrain.run import (
    CHECKPOINT,
    HISTORY,
    PROGRESS,
    Checkpoint,
    EpochResult,
    HistoryError,
    RunHistory,
    read_history,
    write_checkpoint,
    write_history,
)

from .failure import CliError
from .output import Output


class Record:
    """The files of a training that continues at `start`.

    `checkpoint` is a file and `run` a folder to write to; at most one of them is given. `resumed`
    is the checkpoint that `start` was read from; it may be overwritten. `written` is the epoch and
    the position of the state in the checkpoint; None if none was written yet.

    Raises:
        CliError: both are given.
        OSError: they cannot be written.
        HistoryError: the folder holds the history of a run other than that of `start`.
    """

    def __init__(self, output: Output, start: Checkpoint, *, checkpoint: Path | None,
                 run: Path | None, resumed: Path | None) -> None:
        if checkpoint and run:
            raise CliError(f"--run {run} writes {run / CHECKPOINT} itself: leave out --checkpoint",
                           USAGE)
        self._output, self._start, self.run = output, start, run
        self.checkpoint = run / CHECKPOINT if run else checkpoint
        self.written: tuple[int, int] | None = None
        if resumed and not same_file(resumed, self.checkpoint):
            output.reads.append(resumed)
        self._history = _history(run / HISTORY, start, resumed is not None) if run else None
        if run:
            check_folder(run)
        elif checkpoint:
            check_writable(checkpoint)

    @property
    def files(self) -> dict[str, list[Path]]:
        """The files that are written, by option."""
        if self.run:
            return {"--run": [self.run, self.checkpoint, self.run / HISTORY,
                              self.run / PROGRESS]}
        return {"--checkpoint": [self.checkpoint] if self.checkpoint else []}

    def use(self, data: str) -> None:
        """Note that the run continues with the data set named `data`.

        Raises:
            HistoryError: it began with another.
        """
        if not self._history:
            return
        try:
            self._history = self._history.of(data)
        except HistoryError as error:
            raise HistoryError(f"{self.run / HISTORY}: {error}") from None

    def keep(self, state: State, epoch: int, position: int) -> None:
        """Write the `state` in the middle of an epoch."""
        self.write_epoch(EpochResult(
            number=epoch, samples=position, errors=0, pulses=0, refreshes=0, accuracy=None,
            validation_accuracy=None, epoch=epoch, position=position), state)

    def write_epoch(self, result: EpochResult, state: State) -> None:
        """Write the `state` after an epoch, or after a part of one."""
        if self._history:
            self._history = self._history.with_epoch(result, state.counters,
                                                     state.device_pulses, state.energy)
        self._write(state, result.epoch, result.position)

    def write_end(self, state: State, epoch: int, position: int,
                  confusion: np.ndarray | None = None) -> None:
        """Write the last `state`, at `position` of `epoch`, and show its path."""
        if self._history and confusion is not None:
            self._history = self._history.with_confusion(confusion)
        self._write(state, epoch, position)
        if self.checkpoint:
            self._output.console.print(
                f"Wrote {self.checkpoint}: the state after {epoch} epochs and {position:,} "
                "samples.", soft_wrap=True)
        if self.run:
            self._output.console.print(f"Plot it with: pulsetrain report {self.run}",
                                       soft_wrap=True)

    def _write(self, state: State, epoch: int, position: int) -> None:
        # The history is written first: a run can continue from a checkpoint that is behind its
        # history; with one that is ahead, the history would lack epochs.
        if self._history:
            self.run.mkdir(parents=True, exist_ok=True)
            write_history(self.run / HISTORY, self._history)
        if self.checkpoint:
            write_checkpoint(self.checkpoint, replace(self._start, state=state, epoch=epoch,
                                                      position=position))
            self.written = epoch, position


def _history(path: Path, start: Checkpoint, resumed: bool) -> RunHistory:
    """The history to continue: that in `path` if `resumed`, otherwise a new one."""
    new = RunHistory.begun(start)
    if not path.exists():
        return new
    old = read_history(path)
    if old.digest != new.digest:
        raise HistoryError(f"{path}: is of the configuration {old.config!r} with the digest "
                           f"{old.digest[:12]}…, not of {new.config!r} with {new.digest[:12]}…; "
                           "choose another folder")
    if not resumed:
        return new
    if old.validation != new.validation:
        raise HistoryError(f"{path}: was made with --validation {old.validation}, not with "
                           f"{new.validation}")
    try:
        return old.continued(start)
    except HistoryError as error:
        raise HistoryError(f"{path}: {error}") from None
