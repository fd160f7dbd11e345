"""Trainer: train and test step by step on any backend, in programs and notebooks."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pulsetrain.compiled import make_engine
from pulsetrain.data import DataError, DataSet, check_fits
from pulsetrain.golden import GoldenEngine
from pulsetrain.host import (
    BAUD,
    BoardEngine,
    Link,
    MemoryMissingError,
    MemoryTooSmallError,
    StoredSamples,
    Transport,
    open_port,
    pays,
)
from pulsetrain.run import (
    Backend,
    CheckedBackend,
    Checkpoint,
    CheckpointError,
    EpochResult,
    Keeper,
    RunHistory,
    ScrubbedBackend,
    Source,
    accuracy,
    run_training,
    write_checkpoint,
)
from pulsetrain.spec import Config

from .history import History
from .inputs import ArgumentError, ConfigSource, DataSource, data_for, load_config, load_data
from .start import beginning, with_wear
from .verification import SIMULATORS

if TYPE_CHECKING:
    from .start import Start

MODELS = ("compiled", "numpy")
VIRTUAL = "virtual"


class Trainer:
    """An engine of one configuration that learns; a context manager.

    The engine is the golden model, simulated hardware, or a board: all of them learn the same
    bits.

    Args:
        config: the configuration, in any form that `load_config` takes.
        on: the backend that learns. "compiled" (the golden model's compiled twin, the fastest) or
            "numpy" (the golden model itself); "icarus", "verilator", "native" or "amaranth" (the
            generated hardware in that simulator); "virtual" (a virtual board behind a serial
            port); otherwise the path of a board's serial port, such as "/dev/ttyUSB1", a
            `Transport` that writes and reads bytes, or any `Backend`.
        baud: the speed of a serial port, which must be that of the board's UART. By default, the
            rates of boards are tried.
        start: where to begin: a `History`, a run folder, a checkpoint or its file; by default the
            initial state.
        validation: number of training samples to hold out, the last ones; accuracy on them is
            reported separately.
        reference: an engine of the same configuration to compare everything with.
        wear: count the pulses on every device, as only the models do.
        scrub: if a bit of synapse memory flips, go back to the last state that was read, and repeat
            what was learned since; otherwise `FlippedBitError` is raised. The configuration must
            have `engine.parity`.

    An automatic gate closes over the `training.epochs` of the configuration, or of `start`.

    Attributes:
        config: the configuration.
        backend: the backend that is trained.
        epoch, position: progress: `position` samples of `epoch` (from 0) are done.
        board, link: the board's engine and the serial link; None without a board.
        checked: the comparison with the `reference`, which counts `mismatches`; None without one.
        scrubbed: has the `flips` that were mended; None without `scrub`.

    Every method that uses a board can raise a `LinkError`; after that, only `close` can be called.
    Methods that use hardware can raise `BackendStalledError`, and with `engine.parity`
    `FlippedBitError`.

    Raises:
        ConfigError: the configuration cannot be used.
        ArgumentError: `scrub` without `engine.parity`.
        SimulatorMissingError: the simulator is not installed.
        PortError: the port cannot be opened.
        BoardSilentError: no board answers.
        BoardRefusedError: the board holds another engine.

    Examples:
        >>> import pulsetrain
        >>> data = pulsetrain.load_data("digits")
        >>> with pulsetrain.Trainer("digits") as trainer:
        ...     history = trainer.fit(data, epochs=2)
        ...     classes = trainer.predict(data.x_test)
        >>> classes.shape, bool(history.accuracy[-1] > 0.8)
        ((360,), True)
    """

    def __init__(self, config: ConfigSource, on: str | Path | Transport | Backend = "compiled", *,
                 baud: int | None = None, start: Start | None = None, validation: int | None = None,
                 reference: Backend | None = None, wear: bool = False,
                 scrub: bool = False) -> None:
        loaded = load_config(config)
        if scrub:
            check_scrub(loaded)
        point, record = beginning(loaded, start, validation)
        self.config = point.config
        self.link: Link | None = None
        self.board: BoardEngine | None = None
        self._record: RunHistory
        self._validation: int
        with ExitStack() as resources:
            engine = self._engine(on, baud, resources)
            self.checked: CheckedBackend | None = None
            if reference:
                resources.callback(reference.close)
                self.checked = CheckedBackend(engine, reference)
            backend: Backend = self.checked or engine
            self.scrubbed = ScrubbedBackend(backend) if scrub else None
            self.backend: Backend = self.scrubbed or backend
            self._begin(with_wear(point, "the starting state") if wear else point, record)
            self._resources = resources.pop_all()

    def __enter__(self) -> Trainer:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def fit(self, x: DataSource | np.ndarray, labels: np.ndarray | None = None, *, epochs: int = 1,
            samples: int | None = None, test: tuple[np.ndarray, np.ndarray] | None = None,
            checkpoint: str | Path | None = None, data_on_board: bool | None = None,
            progress: Callable[[int, int], None] | None = None) -> History:
        """Continue the training; it can be called repeatedly.

        Args:
            x: training samples (n, N) uint8, with `labels` (n,) integers; without `labels`, any
                form that `load_data` takes.
            epochs: epochs to train; the rest of an epoch that has begun counts as one.
            samples: stop after this many training samples.
            test: samples and labels to measure accuracy on after every epoch; by default those of
                the data set.
            checkpoint: write the state to this file, also during the training: if the board is
                lost, `resume` continues from it.
            data_on_board: store the data in the board's memory and train from there; None: if it
                has one and that pays (`stored`).
            progress: called with epoch and position after every few samples.

        Returns:
            The history since the trainer began, or since its data last changed.

        Raises:
            DataError: the samples do not fit the network, or do not match their labels.
            MemoryMissingError, MemoryTooSmallError: `data_on_board`, but the memory is missing or
                too small.
            RecordFaultError: the board's memory has damaged a sample, which was not learned.
            OSError: the checkpoint cannot be written.
        """
        if labels is None:
            if isinstance(x, np.ndarray):
                raise DataError("samples x must be given with their labels: fit(x, labels)")
            data = data_for(self.config, x)
        else:
            pixels = np.asarray(x)
            data = data_for(self.config, (pixels, labels, *(test or (pixels[:0], labels[:0]))))
        if self._record.data not in (None, data.name):
            self._record = RunHistory.begun(self._present())
        self._record = self._record.of(data.name)

        def note(result: EpochResult) -> None:
            self.epoch, self.position = result.epoch, result.position
            self._record = self._record.with_epoch(result, self.backend.counters(),
                                                   self.backend.device_pulses(),
                                                   self.backend.energy())
            if checkpoint:
                self.checkpoint(checkpoint)

        def keep(epoch: int, position: int) -> None:
            self.epoch, self.position = epoch, position
            if checkpoint:
                self.checkpoint(checkpoint)

        stored = self.stored(data, data_on_board, epochs, samples)
        if stored:
            stored.upload()
        keeper = Keeper(len(data.x_train) - self._validation, keep) if checkpoint else (
            self._saver(data) if self.scrubbed else None)

        def watch(epoch: int, position: int) -> None:
            if keeper:
                keeper(epoch, position)
            if progress:
                progress(epoch, position)

        summary = run_training(
            self.backend, data, epochs=self.epoch + epochs, epoch=self.epoch,
            position=self.position, samples=samples, validation=self._validation, on_epoch=note,
            on_chunk=watch, source=self.source(stored))
        return History(record=self._record, checkpoint=self._present(),
                       samples_per_second=summary.samples_per_second)

    def stored(self, data: DataSet, wanted: bool | None, epochs: int,
               samples: int | None = None) -> StoredSamples | None:
        """The samples of `data` as they are in the board's memory after `upload`; None if they are
        to be sent one by one.

        Args:
            data: the data set to train on.
            wanted: store them; None: if there is a memory, they fit, and in `epochs` epochs, or
                after `samples` training samples, more will have been visited than are stored.
            epochs: as of `fit`.
            samples: as of `fit`.

        Raises:
            MemoryMissingError: they are `wanted`, but there is no memory for samples.
            MemoryTooSmallError: they are `wanted`, but do not fit.
        """
        board = self.board
        if wanted and not board:
            raise MemoryMissingError("data can only lie on a board, and this backend is none")
        if not board or wanted is False or (wanted is None and not (
                board.has_memory and pays(data, self._validation, epochs, samples))):
            return None
        try:
            return StoredSamples(board, data, self._validation, checked=self.checked)
        except MemoryTooSmallError:
            if wanted:
                raise
            return None

    def source(self, stored: StoredSamples | None) -> Source | None:
        """The samples that are `stored`, as the training loop takes them: mended if this trainer
        scrubs."""
        return self.scrubbed.source(stored) if self.scrubbed and stored else stored

    def _saver(self, data: DataSet) -> Keeper:
        """Reads the state from time to time in a training on `data`, so that a flip costs little.
        """
        def save(epoch: int, position: int) -> None:
            self.backend.read()

        return Keeper(len(data.x_train) - self._validation, save)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The class (n,) int64 of every sample of `x` (n, N) uint8."""
        if not len(x):
            return np.zeros(0, np.int64)
        data = self._samples(x, np.zeros(len(x), np.int64))
        return self.backend.infer(data.x_train, data.y_train).classes

    def evaluate(self, x: np.ndarray, labels: np.ndarray) -> float | None:
        """The share (0..1) of `x` (n, N) uint8 classified as its `labels`; None if n is 0."""
        if not len(x):
            return None
        data = self._samples(x, labels)
        return accuracy(self.backend, data.x_train, data.y_train)

    def checkpoint(self, path: str | Path) -> None:
        """Write the present state to `path`, atomically.

        Raises:
            OSError: it cannot be written.
        """
        write_checkpoint(Path(path), self._present())

    def resume(self, start: Start) -> None:
        """Continue from `start`, which any backend may have made.

        Raises:
            CheckpointError, HistoryError: `start` cannot be used.
        """
        point, record = beginning(self.config, start)
        if point.config != self.config:
            raise CheckpointError(
                "the automatic gate of the starting state closes over "
                f"{point.config.training.epochs} epochs, that of this trainer over "
                f"{self.config.training.epochs}; make a new Trainer with start=...")
        self._begin(point, record)

    def close(self) -> None:
        """Release the backend's resources: its port, or its simulator."""
        self._resources.close()

    def _begin(self, start: Checkpoint, record: RunHistory) -> None:
        self.backend.load(start.state)
        self.epoch, self.position = start.epoch, start.position
        self._validation = start.validation
        self._record = record

    def _present(self) -> Checkpoint:
        return Checkpoint(state=self.backend.read(), epoch=self.epoch, position=self.position,
                          config=self.config, validation=self._validation)

    def _samples(self, x: np.ndarray, labels: np.ndarray) -> DataSet:
        """Checked copies, as samples to train on."""
        data = load_data((x, labels))
        check_fits(data, self.config)
        return data

    def _engine(self, on: str | Path | Transport | Backend, baud: int | None,
                resources: ExitStack) -> Backend:
        """The backend `on`; `resources` closes it."""
        if isinstance(on, str) and on in SIMULATORS:
            from pulsetrain.sim.verify import simulated

            return resources.enter_context(simulated(self.config, on))
        engine: Backend
        if isinstance(on, str) and on in MODELS:
            engine = _model(on, self.config)
        elif isinstance(on, str | Path | Transport):
            engine = self._board(on, baud, resources)
        else:
            engine = on
        resources.callback(engine.close)
        return engine

    def _board(self, on: str | Path | Transport, baud: int | None,
               resources: ExitStack) -> BoardEngine:
        """The engine of the board at `on`."""
        if on == VIRTUAL:
            from pulsetrain.sim.virtual import VirtualBoard

            line: Transport = resources.enter_context(VirtualBoard(self.config)).line(
                baud or BAUD)
        elif isinstance(on, str | Path):
            line = open_port(on, baud)
        else:
            line = on
        try:
            self.link = Link(line)
            self.board = BoardEngine(self.config, self.link)
        except BaseException:
            line.close()
            raise
        return self.board


def check_scrub(config: Config) -> None:
    """Check that an engine of `config` tells flipped bits.

    Raises:
        ArgumentError: it does not.
    """
    if not config.engine.parity:
        raise ArgumentError("engine.parity must be true for scrub: without it, no flipped bit is "
                            "told")


def _model(name: str, config: Config) -> Backend:
    if name == "numpy":
        return GoldenEngine(config)
    return make_engine(config, warn=lambda line: warnings.warn(line, RuntimeWarning, stacklevel=5))
