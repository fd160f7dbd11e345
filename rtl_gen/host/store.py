"""BoardStore: data sets in a board's memory, and the jobs that train and test from there."""

import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from pulsetrain.golden import Results
from pulsetrain.protocol import items
from pulsetrain.registers import MODE_HALT, MODE_RUN, register
from pulsetrain.run.backend import BackendStalledError
from pulsetrain.store.job import (
    FAULTS,
    KEEP,
    KEYED,
    LEARN,
    LIST,
    ORDER_BIT,
    REGISTERS,
    RUN,
    SCAN,
    SEQUENCE,
    STAY,
    job_register,
)
from pulsetrain.store.keyed import keyed_settings
from pulsetrain.store.records import Stored

from .board import BoardEngine
from .commands import command_bytes, written
from .errors import DataDamagedError, MemoryMissingError, MemoryTooSmallError, RecordFaultError

PATIENCE = 10_000
"""How many times a job may be asked for its progress without any before it counts as stalled; each
time takes longer than a sample."""

_WORDS = 1 << 15
"""Words per exchange: between exchanges the program can be interrupted."""

_RESULTS, _LEFT = 1000, 50
"""Results per exchange while a job goes on, and after it was stopped."""

_FIRST_CHECKED, _CHECKED_WORDS = 1 << 12, 1 << 20
"""Words of the first range whose CRC is compared, and of each later one."""

Told = Callable[[int, int], None]
"""Is called again and again while something is done: with how much is done, and with how much there
is to do."""


def tell_nobody(done: int, whole: int) -> None:
    """A `Told` that does nothing."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What the board does with samples in its memory: those at the positions from `begin` to before
    `end` in an order (`store.job`), as the registers of the same names have them.

    `learn`: learn from the samples instead of only classifying them; `keep`: their results are for
    the host, and the job waits until they are taken; `stay`: a new session neither ends the job nor
    resets the engine, even after the job's end.
    """

    order: int
    begin: int
    end: int
    learn: bool = False
    keep: bool = False
    stay: bool = True
    directory: int = 0
    first: int = 0
    list: int = 0
    count: int = 0
    key: int = 0
    halves: int = 0

    @property
    def settings(self) -> dict[str, int]:
        """The registers that are written, by name."""
        control = (RUN | LEARN * self.learn | KEEP * self.keep | STAY * self.stay
                   | self.order << ORDER_BIT)
        return {name: value for name, value in asdict(self).items()
                if name not in ("order", "learn", "keep", "stay")} | {"control": control}


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a job is: whether it is in work, how many of its samples have a result, and how many
    of these are classified wrongly; `fault` is the name of one of `store.job.FAULTS`, and `sample`
    the number of the sample that has it."""

    working: bool
    done: int
    errors: int
    fault: str
    sample: int


class BoardStore:
    """The memory of the board of `engine`.

    Its methods raise the errors of `host.Link`, too. A job that stays outlives its session and this
    program: another `BoardStore` of the same board finds it (`job`, `progress`), and can wait for
    it or stop it. What the engine has learned so far can be read at any time, best if no job is in
    work; `BoardEngine.load` ends a job.

    Raises:
        MemoryMissingError: the board has no memory for samples.
    """

    def __init__(self, engine: BoardEngine) -> None:
        if not engine.has_memory:
            raise MemoryMissingError("the board must have a memory for samples: build it with one")
        self._engine, self._link = engine, engine.link
        self._items = items(engine.config)
        self.words = self.registers()["words"]

    # Data ----------------------------------------------------------------------------------------

    def upload(self, content: Stored, address: int = 0, *, told: Told = tell_nobody) -> None:
        """Store `content` from the word `address` on, and compare it with what is stored then.

        `told` is called with the number of words sent so far, and of all words.

        Raises:
            MemoryTooSmallError: it does not fit.
            DataDamagedError: what is stored differs.
        """
        words = content.words
        if address + len(words) > self.words:
            raise MemoryTooSmallError(
                f"the board's memory must have {address + len(words):,} words for "
                f"{content.samples:,} samples, not {self.words:,}")
        for start in range(0, len(words), _WORDS):
            part = words[start:start + _WORDS]
            self._link.exchange(command_bytes("write_words", len(part), address + start)
                                + part.tobytes(), 0)
            told(start + len(part), len(words))
        self.check(content, address)

    def check(self, content: Stored, address: int = 0) -> None:
        """Compare `content` with what is stored from the word `address` on, by CRC-32.

        Raises:
            DataDamagedError: it differs.
        """
        found = self._difference(content, address)
        if found:
            raise DataDamagedError(f"words {found[0]:,} to {found[1] - 1:,} of the board's memory "
                                   "differ from the data set: store it again")

    def holds(self, content: Stored, address: int = 0) -> bool:
        """Whether `content` is stored from the word `address` on, by CRC-32."""
        return (address + len(content.words) <= self.words
                and self._difference(content, address) is None)

    def _difference(self, content: Stored, address: int) -> tuple[int, int] | None:
        """The first words that differ, from one address to before another; None if none do."""
        words, start, size = content.words, 0, _FIRST_CHECKED
        while start < len(words):
            part = words[start:start + size]
            if self.checksum(address + start, len(part)) != zlib.crc32(part.tobytes()):
                return address + start, address + start + len(part)
            start, size = start + len(part), _CHECKED_WORDS
        return None

    def checksum(self, address: int, words: int) -> int:
        """The CRC-32 of `words` words in the memory from `address` on."""
        self.carry_out(Job(order=SCAN, begin=0, end=words, directory=address))
        return self.registers()["checksum"]

    # Jobs ----------------------------------------------------------------------------------------

    def keyed(self, count: int, epoch: int, *, begin: int = 0, end: int | None = None,
              directory: int = 0, stay: bool = True, keep: bool = False) -> Job:
        """The job that learns from the first `count` samples of a directory in the keyed order of
        `epoch`, from the position `begin` to before `end`."""
        return Job(order=KEYED, begin=begin, end=count if end is None else end, learn=True,
                   keep=keep, stay=stay, directory=directory,
                   **keyed_settings(count, self._engine.config.seed, epoch))

    def upload_list(self, order: np.ndarray, address: int) -> None:
        """Store the numbers `order` of samples as a list, from the word `address` on.

        Raises:
            MemoryTooSmallError, DataDamagedError: as of `upload`.
        """
        self.upload(Stored(content=order.astype("<u4").tobytes(), samples=len(order)), address)

    def listed(self, address: int, begin: int, end: int, *, directory: int = 0,
               stay: bool = True, keep: bool = False) -> Job:
        """The job that learns from the samples of the list at the word `address`, from the position
        `begin` to before `end`."""
        return Job(order=LIST, begin=begin, end=end, learn=True, keep=keep, stay=stay,
                   directory=directory, list=address)

    def start(self, job: Job) -> None:
        """Begin `job`, with the gate of the engine (`BoardEngine.gate`)."""
        settings = job.settings
        names = [entry.name for entry in REGISTERS if entry.writable]
        self._link.exchange(
            written("write_registers", register("gate").address, self._engine.gate)
            + written("write_registers", register("mode").address, MODE_RUN)
            + written("write_job", 0, *(settings[name] for name in names)), 0)
        self.registers()  # a refusal is raised here

    def progress(self) -> Progress:
        """How far the job is."""
        found = self.registers()
        return Progress(working=bool(found["state"] & 1), done=found["done"],
                        errors=found["errors"], fault=list(FAULTS)[found["fault"]],
                        sample=found["faulty"])

    def job(self) -> Job:
        """The job that is in work, or was last."""
        found = self.registers()
        control, names = found["control"], set(Job.__dataclass_fields__) & set(found)
        return Job(order=control >> ORDER_BIT, learn=bool(control & LEARN),
                   keep=bool(control & KEEP), stay=bool(control & STAY),
                   **{name: found[name] for name in names})

    def wait(self, job: Job, *, told: Told = tell_nobody) -> Progress:
        """Wait for the end of `job`, which has begun; `told` is called with the number of its
        samples that are done, and of all of them.

        Raises:
            RecordFaultError: a record was damaged; the job has ended before it.
            BackendStalledError: there is no progress any more.
        """
        tries, before = 0, -1
        while True:
            found = self.progress()
            told(found.done, job.end - job.begin)
            if not found.working:
                break
            tries = tries + 1 if found.done == before else 0
            if tries > PATIENCE:
                raise BackendStalledError(f"no result for sample {found.done} of the job",
                                          found.done)
            before = found.done
        self._engine.write_register("mode", MODE_HALT)
        if found.fault != "none":
            raise RecordFaultError(
                f"sample {found.sample} in the board's memory is damaged: {FAULTS[found.fault]}; "
                f"{found.done} samples before it are learned", found.sample)
        return found

    def stop(self, job: Job) -> Progress:
        """Stop `job` after the samples that were fetched, whose results are lost if it keeps them.

        Raises:
            RecordFaultError, BackendStalledError: as of `wait`.
        """
        control = job_register("control").address
        self._link.exchange(written("write_job", control, job.settings["control"] & ~RUN), 0)
        if job.keep:
            while self._results(_LEFT)["cycles"].all():
                pass
        return self.wait(job)

    def carry_out(self, job: Job, *, told: Told = tell_nobody) -> Progress:
        """Begin `job` and wait for its end.

        Raises:
            RecordFaultError, BackendStalledError: as of `wait`.
        """
        self.start(job)
        return self.wait(job, told=told)

    def classify(self, begin: int, end: int, *, directory: int = 0,
                 told: Told = tell_nobody) -> Progress:
        """Classify the samples with these numbers, and count how many are wrong."""
        return self.carry_out(Job(order=SEQUENCE, begin=begin, end=end, directory=directory),
                              told=told)

    def results(self, begin: int, end: int, *, directory: int = 0) -> Results:
        """Classify the samples with these numbers; every class and its cycles."""
        return self.take(Job(order=SEQUENCE, begin=begin, end=end, directory=directory, keep=True))

    def take(self, job: Job) -> Results:
        """Carry out `job`, which keeps its results, and take them.

        Raises:
            RecordFaultError: as of `wait`.
        """
        self.start(job)
        count = job.end - job.begin
        parts = [self._results(min(_RESULTS, count - start))
                 for start in range(0, max(count, 1), _RESULTS)]
        self.wait(job)
        fields = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return Results.of_fields(fields)

    def _results(self, count: int) -> dict[str, np.ndarray]:
        """The fields of the next results of a job; those after its end are 0."""
        form = self._items["result"]
        packed = self._link.exchange(command_bytes("take_results", count), count * form.size)
        return form.unpack_all(np.frombuffer(packed, np.uint8).reshape(-1, form.size))

    # Registers -----------------------------------------------------------------------------------

    def registers(self) -> dict[str, int]:
        """Read every register of the job: name -> value.

        The state is read first, because the board goes on meanwhile: if no job is in work then,
        what is read after it is final.
        """
        form, state = self._items["job"], job_register("state")
        packed = self._link.exchange(
            command_bytes("read_job", 1, state.address) + command_bytes("read_job", len(REGISTERS)),
            (1 + len(REGISTERS)) * form.size)
        values = [form.from_bytes(packed[start:])["register"]
                  for start in range(0, len(packed), form.size)]
        return {entry.name: value for entry, value in zip(REGISTERS, values[1:], strict=True)
                } | {state.name: values[0]}
