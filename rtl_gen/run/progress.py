"""Progress: how far a training is, in one JSON file of its run folder, for programs that follow it.

While a training runs, it holds a lock on its run folder, which ends with its process in any way.
"""

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from pulsetrain.errors import PulsetrainError
from pulsetrain.files import MEBIBYTE, read_bytes, write_atomically
from pulsetrain.files.lock import lock
from pulsetrain.spec.fields import real

from .backend import Backend
from .history import refusal
from .keeper import Pace
from .loop import Count, Word

PROGRESS = "progress.json"
"""The file of a run folder that holds its progress."""

LEAST = 0.25
"""Seconds between two writes."""

POINTS = 400
"""Most points of a trail; one that is longer loses every second point."""

Status = Literal["training", "ended", "interrupted", "failed"]

_WORD = 2**32


class ProgressError(PulsetrainError, ValueError):
    """A file is not the progress of a training; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """A moment of a training: it is at `position` of `epoch`, and since it began, or was continued,
    it has learned from `samples`, with `errors`, `pulses` and `refreshes` as of `EpochResult`, each
    modulo 2^32."""

    epoch: Count
    position: Count
    samples: Word
    errors: Word
    pulses: Word
    refreshes: Word


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a training is.

    `status`: that it trains, or how it has ended. `engine` learns; `config` and `data` are names.
    It is to end after `epochs` epochs of `count` samples. `seconds` have passed since it
    began. `trail`: points from its beginning to the present one, evenly spaced in time but for the
    last. `link`: counts of the line to a board by name, as of `LinkCounts.figures`; None without
    one.

    The types of the fields define what `read_progress` accepts.
    """

    status: Status
    engine: str
    config: str
    data: str
    epochs: Count
    count: Count
    seconds: Annotated[float, real(0, 1e300)]
    trail: Annotated[tuple[Point, ...], Field(min_length=1)]
    link: dict[str, Count] | None = None


class ProgressFile:
    """Writes the progress of a training of `backend` into its run `folder`; a context manager.

    Called with epoch and position after every few samples; used as `on_chunk` of the run loop. It
    writes at most once in `LEAST` seconds, and so seldom that this takes at most a twentieth of the
    time. `at` is the epoch and the position of the beginning; the other arguments are those of
    `Progress`, but `link` is a function that gives it.

    Raises:
        OSError: `folder` cannot be written.
    """

    def __init__(self, folder: Path, backend: Backend, at: tuple[int, int], *, engine: str,
                 data: str, epochs: int, count: int,
                 link: Callable[[], dict[str, int] | None] = lambda: None) -> None:
        self._folder, self._backend, self._link = folder, backend, link
        self._engine, self._data = engine, data
        self._epochs, self._count = epochs, count
        self._before, self._started = backend.counters(), time.monotonic()
        self._now = Point(epoch=at[0], position=at[1], samples=0, errors=0, pulses=0, refreshes=0)
        self._trail = [self._now]
        self._pace, self._writes, self._every = Pace(LEAST), 0, 1
        self._ended = False
        self._held: int | None = None

    def __enter__(self) -> "ProgressFile":
        self._folder.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):  # a file system without locks
            self._held = lock(self._folder, shared=True)
        self._write("training")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        try:
            if not self._ended:
                with suppress(OSError):  # the error that ends the training is more important
                    self._write("failed")
        finally:
            if self._held is not None:
                os.close(self._held)

    def __call__(self, epoch: int, position: int) -> None:
        """Write the progress, if it is time for it."""
        if self._pace.due():
            with self._pace.working():
                self._note(*((epoch + 1, 0) if position == self._count else (epoch, position)))
                self._write("training")

    def end(self, epoch: int, position: int, *, interrupted: bool) -> None:
        """Write that the training has ended at `position` of `epoch`."""
        self._note(epoch, position)
        self._write("interrupted" if interrupted else "ended")
        self._ended = True

    def _note(self, epoch: int, position: int) -> None:
        counters = self._backend.counters()
        counts = {name: (counters[name] - self._before[name]) % _WORD
                  for name in ("samples", "errors", "pulses", "refreshes")}
        self._now = Point(epoch=epoch, position=position, **counts)
        self._writes += 1
        if self._writes % self._every == 0:
            self._trail.append(self._now)
        if len(self._trail) == POINTS:
            self._trail, self._every = self._trail[::2], 2 * self._every

    def _write(self, status: Status) -> None:
        trail = self._trail if self._trail[-1] == self._now else [*self._trail, self._now]
        progress = Progress(
            status=status, engine=self._engine, config=self._backend.config.name, data=self._data,
            epochs=self._epochs, count=self._count, trail=tuple(trail), link=self._link(),
            seconds=time.monotonic() - self._started)
        write_atomically(self._folder / PROGRESS, (json.dumps(asdict(progress)) + "\n").encode())


def read_progress(path: Path) -> Progress:
    """The progress in the file `path`.

    Raises:
        ProgressError: the file cannot be read, or is not the progress of a training.
    """
    content = read_bytes(path, "progress of a training", ProgressError, limit=MEBIBYTE)
    try:
        return TypeAdapter(Progress).validate_json(content, strict=True)
    except ValidationError as error:
        raise ProgressError(f"{path}: is not the progress of a training: "
                            f"{refusal(error)}") from None


def is_training(folder: Path) -> bool | None:
    """Whether a process trains in the run `folder`; None if the file system has no locks."""
    try:
        held = lock(folder, wait=False)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    if held is not None:
        os.close(held)
    return held is None
