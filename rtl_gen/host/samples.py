"""StoredSamples: the samples of a run in the memory of a board, which trains from there."""

import numpy as np

from pulsetrain.data import DataSet
from pulsetrain.run import HELD_OUT, TEST, CheckedBackend, epoch_order
from pulsetrain.store.job import SEQUENCE
from pulsetrain.store.records import stored

from .board import BoardEngine
from .cost import frames_octets
from .errors import MemoryTooSmallError
from .store import BoardStore, Job, Told, tell_nobody

_LIST_WORDS = 2
_WORD = 2**32


class StoredSamples:
    """The samples of `data` in the memory of the board of `engine`; a `run.Source`.

    First come all training samples, of which the last `validation` are held out, then those for
    testing. If the order of an epoch is NumPy's, a list of its samples follows, which is stored
    when the epoch begins. With `checked`, which has the engine as its backend, every result is
    taken from the board and compared. `starved` counts the cycles in which the engine waited for a
    sample to learn from.

    Raises:
        MemoryMissingError: the board has no memory for samples.
        MemoryTooSmallError: the samples do not fit.
    """

    chunk_seconds = 1.0
    """Long compared with the time that it takes to begin a job."""

    def __init__(self, engine: BoardEngine, data: DataSet, validation: int = 0, *,
                 checked: CheckedBackend | None = None) -> None:
        self.starved = 0
        self._engine, self._checked = engine, checked
        self._store = BoardStore(engine)
        self._x = np.concatenate([data.x_train, data.x_test])
        self._labels = np.concatenate([data.y_train, data.y_test])
        self._count = len(data.x_train) - validation
        self._first = {HELD_OUT: self._count, TEST: len(data.x_train)}
        self._is_keyed = engine.config.training.order == "keyed"
        self._content = stored(engine.config, self._x, self._labels)
        self._listed: int | None = None  # the epoch whose list is stored
        self._list = len(self._content.words)
        needed = self._list + (0 if self._is_keyed else _LIST_WORDS * self._count)
        if needed > self._store.words:
            raise MemoryTooSmallError(f"the board's memory must have {needed:,} words for "
                                      f"{len(self._x):,} samples, not {self._store.words:,}")

    @property
    def words(self) -> np.ndarray:
        """The words (n,) uint16 to store, without those of lists."""
        return self._content.words

    @property
    def octets(self) -> int:
        """Bytes to store, without those of lists."""
        return len(self._content.content)

    @property
    def line_octets(self) -> int:
        """Bytes on the line for all that is to be stored: with frames, without commands."""
        return frames_octets(self._content.content)

    def upload(self, told: Told = tell_nobody) -> bool:
        """Store the samples, unless they are there already; returns whether they were stored.

        `told` is called with the number of words sent so far, and of all words.

        Raises:
            DataDamagedError: what is stored differs.
        """
        if self._store.holds(self._content):
            return False
        self._store.upload(self._content, told=told)
        return True

    def train(self, epoch: int, position: int, chosen: np.ndarray) -> None:
        """As of `run.Source`.

        Raises:
            RecordFaultError: a sample in the memory was damaged.
            FlippedBitError: a bit of synapse memory has flipped.
        """
        engine = self._engine
        with engine.counting_bytes():
            before = self._counts()
            self._carry_out(self._job(epoch, position, position + len(chosen)), chosen, train=True)
            cycles, starved = ((now - then) % _WORD
                               for now, then in zip(self._counts(), before, strict=True))
            engine.cycles += cycles
            self.starved += starved

    def errors(self, part: str, start: int, stop: int) -> int:
        """As of `run.Source`.

        Raises:
            RecordFaultError: a sample in the memory was damaged.
        """
        first = self._first[part]
        job = Job(order=SEQUENCE, begin=first + start, end=first + stop, keep=bool(self._checked))
        return self._carry_out(job, np.arange(job.begin, job.end), train=False)

    def _counts(self) -> tuple[int, int]:
        """The engine's counts of cycles with a sample, and of those without one."""
        return self._engine.read_register("cycles"), self._engine.read_register("starved")

    def _job(self, epoch: int, begin: int, end: int) -> Job:
        """The job of a part of an epoch; if the order is NumPy's, the list of the epoch is stored
        first, once."""
        keep = bool(self._checked)
        if self._is_keyed:
            return self._store.keyed(self._count, epoch, begin=begin, end=end, keep=keep)
        if self._listed != epoch:
            self._store.upload_list(epoch_order(self._engine.config, epoch, self._count),
                                    self._list)
            self._listed = epoch
        return self._store.listed(self._list, begin, end, keep=keep)

    def _carry_out(self, job: Job, chosen: np.ndarray, *, train: bool) -> int:
        """Carry out `job`, whose samples are `chosen`; returns how many are classified wrongly."""
        if not self._checked:
            errors = self._store.carry_out(job).errors
            self._engine.check_parity()
            return errors
        results = self._store.take(job)
        self._engine.check_parity()
        self._checked.follow(results, self._x[chosen], self._labels[chosen], train=train)
        return int(results.errors.sum())


def pays(data: DataSet, validation: int, epochs: int, samples: int | None = None) -> bool:
    """Whether `epochs` epochs of `data`, or `samples` training samples, each epoch with a test, are
    more samples than there are to store."""
    learning, held_out = data.split(validation)
    count, tested = len(learning.x_train), len(held_out.x_test) + len(data.x_test)
    trained = epochs * count if samples is None else min(samples, epochs * count)
    return trained + -(-trained // count) * tested > len(data.x_train) + len(data.x_test)
