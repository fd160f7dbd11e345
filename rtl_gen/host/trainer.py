"""Trainer: learning on a board in a few verbs, for programs and notebooks."""

from pathlib import Path

import numpy as np

from pulsetrain.data import DataSet, check_fits
from pulsetrain.golden import initial_state
from pulsetrain.run import (
    Backend,
    CheckedBackend,
    Checkpoint,
    EpochResult,
    Keeper,
    Summary,
    accuracy,
    read_checkpoint,
    run_training,
    write_checkpoint,
)
from pulsetrain.spec import Config, load_config

from .board import BoardEngine
from .link import Link
from .transport import BAUD, SerialTransport, Transport


class Trainer:
    """The engine of `config` on a board, which learns; a context manager.

        with Trainer("digits", "/dev/ttyUSB1") as trainer:
            trainer.fit(x, labels, epochs=3, checkpoint="digits.npz")
            classes = trainer.predict(x_test)

    It begins at `start`, by default in the initial state, and afterwards is at `position` of
    `epoch`, as in `run_training`. `board` and `link` are its engine and its line. `backend` is
    what the run loop trains: `board`, or with a `reference` the `CheckedBackend` of both, which
    is `checked` as well; else that is None.

    Every method that talks to the board can raise a `LinkError`, after which only `close` is of
    use, and `run.BackendStalled`.

    Args:
        config: a configuration, or what `load_config` loads.
        port: the path of a serial port, of a `sim.virtual.VirtualBoard` too, or a transport.
        baud: the port's speed; that of the board's UART.
        start: where to begin.
        reference: an engine of the same configuration, to compare everything with.

    Raises:
        spec.ConfigError: the configuration cannot be used.
        PortError: the port cannot be opened.
        BoardSilent: no board answers.
        BoardRefused: the board holds something else.
    """

    def __init__(self, config: Config | str, port: str | Path | Transport, *, baud: int = BAUD,
                 start: Checkpoint | None = None, reference: Backend | None = None) -> None:
        self.config = load_config(config) if isinstance(config, str) else config
        transport = SerialTransport(port, baud) if isinstance(port, str | Path) else port
        try:
            self.link = Link(transport)
            self.board = BoardEngine(self.config, self.link)
            self.checked = CheckedBackend(self.board, reference) if reference else None
            self.backend: Backend = self.checked or self.board
            self._begin(start or Checkpoint(state=initial_state(self.config), epoch=0, position=0,
                                            config=self.config))
        except BaseException:
            transport.close()
            raise

    def __enter__(self) -> "Trainer":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def fit(self, x: np.ndarray, labels: np.ndarray, *, epochs: int = 1,
            samples: int | None = None, test: tuple[np.ndarray, np.ndarray] | None = None,
            checkpoint: str | Path | None = None) -> Summary:
        """Learn from `x` (n, N) uint8 with `labels` (n,), which may be called again and again.

        Args:
            epochs: epochs to train; the rest of one that has begun counts as one.
            samples: stop after this many training samples.
            test: samples and labels to give the accuracy on, after every epoch.
            checkpoint: keep the state in this file, during the training too: where the board is
                lost, `resume` goes on from it.

        Raises:
            data.DataError: the samples do not fit the network.
            OSError: the checkpoint cannot be written.
        """
        x, labels = _samples(x, labels)
        x_test, y_test = _samples(*test) if test else (x[:0], labels[:0])
        data = DataSet(name="samples", x_train=x, y_train=labels, x_test=x_test, y_test=y_test)
        check_fits(data, self.config)

        def note(result: EpochResult) -> None:
            self.epoch, self.position = result.epoch, result.position
            if checkpoint:
                self.checkpoint(checkpoint)

        def keep(epoch: int, position: int) -> None:
            self.epoch, self.position = epoch, position
            self.checkpoint(checkpoint)

        return run_training(
            self.backend, data, epochs=self.epoch + epochs, epoch=self.epoch,
            position=self.position, samples=samples, validation=self._validation, on_epoch=note,
            **({"on_chunk": Keeper(len(x) - self._validation, keep)} if checkpoint else {}))

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The class (n,) of every sample of `x` (n, N) uint8."""
        return self.backend.infer(*_samples(x, np.zeros(len(x), np.int64))).classes

    def evaluate(self, x: np.ndarray, labels: np.ndarray) -> float | None:
        """The share (0..1) of `x` (n, N) uint8 classified as its `labels`; None where n is 0."""
        return accuracy(self.backend, *_samples(x, labels))

    def checkpoint(self, path: str | Path) -> None:
        """Write the state on the board to `path`, all or nothing.

        Raises:
            OSError: it cannot be written.
        """
        write_checkpoint(Path(path), Checkpoint(
            state=self.backend.read(), epoch=self.epoch, position=self.position,
            config=self.config, validation=self._validation))

    def resume(self, path: str | Path) -> None:
        """Continue from the checkpoint in `path`, of a board or of the golden model.

        Raises:
            run.CheckpointError: it cannot be used.
        """
        self._begin(read_checkpoint(Path(path), self.config))

    def close(self) -> None:
        """Give the port back."""
        self.backend.close()

    def _begin(self, start: Checkpoint) -> None:
        self.backend.load(start.state)
        self.epoch, self.position = start.epoch, start.position
        self._validation = start.validation


def _samples(x: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Copies, as a data set makes its arrays read-only."""
    return np.array(x), np.asarray(labels).astype(np.int64, casting="safe")
