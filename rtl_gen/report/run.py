"""A finished or interrupted run from its files, and the test of its last state."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pulsetrain.data import DataSet
from pulsetrain.device import learning_digest
from pulsetrain.golden import GoldenEngine
from pulsetrain.run import (
    CHECKPOINT,
    HISTORY,
    Checkpoint,
    HistoryError,
    RunHistory,
    confusion_matrix,
    read_checkpoint,
    read_history,
)

from .failure import ReportError


@dataclass(frozen=True, kw_only=True)
class Run:
    """A checkpoint, and the history of the training that led to it, or None. `name` is that of its
    folder or file."""

    name: str
    checkpoint: Checkpoint
    history: RunHistory | None


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """How the state of a run classifies test samples of the data set named `data`.

    `confusion` has the shape (C, C), the true class first; it counts at least one sample.
    """

    data: str
    confusion: np.ndarray

    @property
    def accuracy(self) -> float:
        """The share (0..1) that is classified correctly."""
        return float(np.trace(self.confusion) / self.confusion.sum())


def read_run(source: Path) -> Run:
    """The run in the folder `source`, or that of the checkpoint `source`.

    Raises:
        ReportError: the folder is not a run folder, or its files are of different configurations.
        run.CheckpointError: the checkpoint cannot be read.
        run.HistoryError: the history cannot be read.
    """
    if not source.is_dir():
        path = source.resolve()
        name = f"{path.parent.name}/{path.name}" if path.name == CHECKPOINT else path.name
        return Run(name=name, checkpoint=read_checkpoint(source), history=None)
    for file in (CHECKPOINT, HISTORY):
        if not (source / file).exists():
            raise ReportError(f"{source}: the folder holds no {file}; "
                              "`pulsetrain train --run DIR` writes one")
    checkpoint, history = read_checkpoint(source / CHECKPOINT), read_history(source / HISTORY)
    digest = learning_digest(checkpoint.config)
    if history.digest != digest:
        raise ReportError(f"{source}: {HISTORY} is of a configuration with the digest "
                          f"{history.digest[:12]}…, {CHECKPOINT} of one with {digest[:12]}…")
    outputs, confusion = checkpoint.config.network.outputs, history.confusion
    if confusion is not None and len(confusion) != outputs:
        raise HistoryError(f"{source / HISTORY}: is not a history of {CHECKPOINT}: confusion: must "
                           f"be a table of {outputs} rows, one for each output, not of "
                           f"{len(confusion)}")
    return Run(name=source.resolve().name or "run", checkpoint=checkpoint, history=history)


def recorded_evaluation(run: Run) -> Evaluation | None:
    """The test results in the history of `run`, if they are of the state in its checkpoint."""
    history, checkpoint = run.history, run.checkpoint
    if not history or history.confusion is None or not history.data or not history.epochs:
        return None
    last = history.epochs[-1]
    if (last.epoch, last.position) != (checkpoint.epoch, checkpoint.position):
        return None
    return Evaluation(data=history.data, confusion=np.array(history.confusion))


def evaluate(run: Run, data: DataSet) -> Evaluation | None:
    """Test the state of `run` with `data`; None if there are no test samples."""
    engine = GoldenEngine(run.checkpoint.config)
    engine.load(run.checkpoint.state)
    confusion = confusion_matrix(engine, data.x_test, data.y_test)
    return None if confusion is None else Evaluation(data=data.name, confusion=confusion)
