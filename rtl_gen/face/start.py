"""Where a training begins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pulsetrain.golden import initial_state
from pulsetrain.golden.synapse import no_wear
from pulsetrain.run import (
    CHECKPOINT,
    HISTORY,
    Checkpoint,
    CheckpointError,
    RunHistory,
    read_checkpoint,
    read_history,
)
from pulsetrain.spec import Config

if TYPE_CHECKING:
    from typing import TypeAlias

    from .history import History

    Start: TypeAlias = Checkpoint | History | str | Path
    """A checkpoint, a history, the file of a checkpoint, or a run folder."""


def starting_point(config: Config, resume: Path | None, validation: int | None) -> Checkpoint:
    """Where a training of `config` begins: at the checkpoint `resume`, or in the initial state. The
    training has the configuration in it.

    Raises:
        CheckpointError: the checkpoint cannot be used, or was made with another number of held-out
            samples than `validation`.
    """
    if resume is None:
        return Checkpoint(state=initial_state(config), epoch=0, position=0, config=config,
                          validation=validation or 0)
    start = read_checkpoint(resume, config)
    _check_validation(start, validation, str(resume))
    return start


def beginning(config: Config, start: Start | None,
              validation: int | None = None) -> tuple[Checkpoint, RunHistory]:
    """Where a training of `config` begins, and the epochs before it. The training has the
    configuration in the checkpoint.

    Raises:
        CheckpointError: `start` cannot be used, is of a configuration that learns differently, or
            was made with another number of held-out samples than `validation`.
        HistoryError: the history of a run folder cannot be used.
    """
    if start is None:
        point = starting_point(config, None, validation)
    elif isinstance(start, str | Path):
        folder = Path(start)
        if not folder.is_dir():
            point = starting_point(config, folder, validation)
        else:
            point = starting_point(config, folder / CHECKPOINT, validation)
            return point, read_history(folder / HISTORY).continued(point)
    else:
        given = start if isinstance(start, Checkpoint) else start.checkpoint
        point = given.continued(config, "the starting state")
        _check_validation(point, validation, "the starting state")
        if not isinstance(start, Checkpoint):
            return point, start.record.continued(point)
    return point, RunHistory.begun(point)


def with_wear(start: Checkpoint, source: str) -> Checkpoint:
    """`start`, from which the pulses on every device are counted; errors call it `source`.

    Raises:
        CheckpointError: it has been trained without counting them.
    """
    if start.state.wear:
        return start
    if start.state.counters["samples"]:
        raise CheckpointError(f"{source}: was trained without counting the pulses on every device, "
                              "so that their wear is not known; count them from the beginning, or "
                              "continue without")
    return replace(start, state=replace(start.state, wear=no_wear(start.config)))


def _check_validation(start: Checkpoint, validation: int | None, source: str) -> None:
    if validation not in (None, start.validation):
        raise CheckpointError(f"{source}: was made with --validation {start.validation}, which "
                              f"cannot become {validation}: the order of samples depends on it")
