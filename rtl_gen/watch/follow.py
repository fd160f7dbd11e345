"""Follower: what the files of a run folder say about the training that writes them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pulsetrain.report import Run
from pulsetrain.run import (
    CHECKPOINT,
    HISTORY,
    PROGRESS,
    Checkpoint,
    Progress,
    RunHistory,
    is_training,
    read_checkpoint,
    read_history,
    read_progress,
)


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A training, as far as it has written its files. `over`: it has ended."""

    progress: Progress
    run: Run | None
    over: bool

    @property
    def failed(self) -> bool:
        """Whether it has ended, but neither at its end nor because it was interrupted."""
        return self.over and self.progress.status not in ("ended", "interrupted")


class Follower:
    """Reads the files in the run `folder`, which need not exist, each when it has changed.

    `training` says whether the training still runs, if it was started to be followed: what the
    folder held before is not shown then. `over`: the training had ended at the last look.
    """

    def __init__(self, folder: Path, training: Callable[[], bool] | None = None) -> None:
        self.folder, self.over = folder, False
        self._training = training
        self._seen: dict[str, object] = {}
        self._progress: Progress | None = None
        self._history: RunHistory | None = None
        self._checkpoint: Checkpoint | None = None
        if training:
            for name in (PROGRESS, HISTORY, CHECKPOINT):
                self._changed(name)

    def look(self, *, states: bool = True) -> Watched | None:
        """What the folder says now; None if nothing has been trained in it. Without `states`, the
        progress alone is read.

        Raises:
            run.ProgressError, run.HistoryError, run.CheckpointError: a file is not valid.
        """
        # This comes first, because a training that has ended changes no file.
        training = self._training() if self._training else is_training(self.folder)
        if self._changed(PROGRESS):
            self._progress = read_progress(self.folder / PROGRESS)
        if self._progress is None:
            self.over = bool(self._training) and not training
            return None
        if states and self._changed(HISTORY):
            self._history = read_history(self.folder / HISTORY)
        if states and self._changed(CHECKPOINT):
            self._checkpoint = read_checkpoint(self.folder / CHECKPOINT)
        done = self._progress.status != "training"
        self.over = done if training is None else not training
        return Watched(
            progress=self._progress, over=self.over,
            run=Run(name=self.folder.resolve().name or "run", checkpoint=self._checkpoint,
                    history=self._history) if self._checkpoint else None)

    def _changed(self, name: str) -> bool:
        """Whether the file `name` exists, and is not the one that was seen last."""
        try:
            status = (self.folder / name).stat()
        except FileNotFoundError:
            return False
        identity = status.st_ino, status.st_mtime_ns, status.st_size
        changed = self._seen.get(name) != identity
        self._seen[name] = identity
        return changed
