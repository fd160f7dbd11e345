"""BoardEngine: the engine on a board, as a backend of the run loop."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from pulsetrain.device import engine_digest
from pulsetrain.formats.dense import encode_samples
from pulsetrain.golden import Results, State
from pulsetrain.golden.synapse import COUNTERS
from pulsetrain.memory_map import pack_rows, unpack_rows
from pulsetrain.protocol import REGISTER, STATUS_MEMORY, items
from pulsetrain.registers import MODE_HALT, MODE_RUN, digest_words, register, registers_of
from pulsetrain.run.backend import BackendStalledError
from pulsetrain.run.parity import check_parity
from pulsetrain.spec import Config
from pulsetrain.store.job import job_register

from .commands import all_registers, command_bytes, identify, read_registers, written
from .errors import BoardRefusedError, BoardStalledError
from .link import Link

_BATCH = 1000
"""Samples per exchange: between exchanges the program can be interrupted."""

_ROWS = 4096
"""Rows per command."""


class BoardEngine:
    """The engine of `config` on the board behind `link`; a `Backend` and a context manager.

    Its methods raise the errors of `Link.exchange`, but `BackendStalledError` for a sample without
    a result, and with `engine.parity` `FlippedBitError` if a row was read with a flipped bit.
    `observed` stays empty, because a board cannot be observed. `cycles` counts the engine's cycles
    for training samples, `bytes_sent` and `bytes_received` the bytes on the line for them.
    `has_memory`: the board has a memory for samples (`BoardStore`).

    Raises:
        BoardRefusedError: it is not a Pulsetrain board, or has the engine of another configuration
            or version.
    """

    def __init__(self, config: Config, link: Link) -> None:
        self.config = config
        self.gate = 256
        self.observe = False
        self.observed: dict[tuple[str, int, int], int] = {}
        self.cycles = self.bytes_sent = self.bytes_received = 0
        self.link = link
        self._items = items(config)
        self._check()

    def __enter__(self) -> "BoardEngine":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def load(self, state: State) -> None:
        """Reset the engine, end any job of its memory, and write the whole `state`."""
        self.link.begin()
        if self.has_memory:
            self._end_job()
            self.link.begin()
        rows, width = pack_rows(self.config, state), self._items["row"].size
        commands = []
        for start in range(0, len(rows), _ROWS):
            part = rows[start:start + _ROWS]
            commands += [command_bytes("write_rows", len(part), start),
                         *(row.to_bytes(width, "little") for row in part)]
        self.link.exchange(b"".join(commands), 0)
        for name in COUNTERS:
            self.write_register(name, state.counters[name])
        self.write_register("generator", state.generator)

    def read(self) -> State:
        """Read the whole state."""
        width, count = self._items["row"].size, self.config.design.rows
        commands = b"".join(command_bytes("read_rows", min(_ROWS, count - start), start)
                            for start in range(0, count, _ROWS))
        packed = self.link.exchange(commands, count * width)
        rows = [int.from_bytes(packed[offset:offset + width], "little")
                for offset in range(0, len(packed), width)]
        self.check_parity()
        return unpack_rows(self.config, rows, self.read_register("generator"), self.counters())

    def counters(self) -> dict[str, int]:
        """Read the counters."""
        registers = self.registers()
        return {name: registers[name] for name in COUNTERS}

    def device_pulses(self) -> None:
        """None: the hardware does not count them."""

    def energy(self) -> None:
        """None: the hardware does not count it."""

    def read_register(self, name: str) -> int:
        """Read one register by its name."""
        return read_registers(self.link, register(name).address, 1)[0]

    def write_register(self, name: str, value: int) -> None:
        """Write one register by its name.

        It is also read back, so that an error is raised here if the board refused this write or an
        earlier command.

        Raises:
            CommandRefusedError: it cannot be written, or `value` is not allowed.
        """
        address = register(name).address
        self.link.exchange(
            written("write_registers", address, value)
            + command_bytes("read_registers", 1, address), REGISTER.size)

    def registers(self) -> dict[str, int]:
        """Read every register: name -> value."""
        return all_registers(self.link, registers_of(self.config))

    def check_parity(self) -> None:
        """Check that no row with a flipped bit was read; does nothing without `engine.parity`.

        Raises:
            FlippedBitError: one was.
        """
        check_parity(self.config, self.read_register)

    def loopback(self, octets: bytes) -> bytes:
        """Send at most 65,535 `octets`, and return what the board sends back."""
        return self.link.exchange(command_bytes("loopback", len(octets)) + octets, len(octets))

    def train(self, x: np.ndarray, labels: np.ndarray) -> Results:
        """Learn from `x` (n, N) uint8 with `labels` (n,), one sample after the other."""
        with self.counting_bytes():
            results = self._run(x, labels, train=True)
        self.cycles += int(results.cycles.sum())
        return results

    def infer(self, x: np.ndarray, labels: np.ndarray) -> Results:
        """Classify `x` (n, N) uint8; no state changes."""
        return self._run(x, labels, train=False)

    @contextmanager
    def counting_bytes(self) -> Iterator[None]:
        """Count the bytes on the line as those for training samples."""
        counts = self.link.counts
        sent, received = counts.bytes_sent, counts.bytes_received
        yield
        self.bytes_sent += counts.bytes_sent - sent
        self.bytes_received += counts.bytes_received - received

    def close(self) -> None:
        """Close the line."""
        self.link.close()

    def _check(self) -> None:
        """Check that the board has the engine of the configuration."""
        found = identify(self.link)
        self.has_memory = bool(found["status"] & STATUS_MEMORY)
        words = digest_words(engine_digest(self.config))
        if (found["digest_high"], found["digest_low"]) != words:
            raise BoardRefusedError(
                f"the board must hold the engine {words[0]:08x}{words[1]:08x} of "
                f"{self.config.name!r}, not {found['digest_high']:08x}{found['digest_low']:08x}: "
                "build and program it with this configuration")

    def _run(self, x: np.ndarray, labels: np.ndarray, *, train: bool) -> Results:
        if self.has_memory:
            self._end_job()
        self.write_register("gate", self.gate)
        self.write_register("mode", MODE_RUN)
        size = self._items["result"].size
        packed = b""
        for start in range(0, len(x), _BATCH):
            part = slice(start, start + _BATCH)
            samples = sample_commands(self.config, x[part], labels[part], train=train)
            try:
                packed += self.link.exchange(overlapped(samples), len(samples) * size)
            except BoardStalledError as error:
                sample = start + error.received // size
                raise BackendStalledError(f"no result for sample {sample}", sample) from error
        self.write_register("mode", MODE_HALT)
        self.check_parity()
        fields = self._items["result"].unpack_all(np.frombuffer(packed, np.uint8)
                                                  .reshape(-1, size))
        return Results.of_fields(fields)

    def _end_job(self) -> None:
        """Stop a job, and let the next session reset the engine."""
        self.link.exchange(written("write_job", job_register("control").address, 0), 0)


def sample_commands(config: Config, x: np.ndarray, labels: np.ndarray, *,
                    train: bool) -> list[bytes]:
    """The commands that send the samples `x` (n, N) uint8 with `labels` (n,), one for each."""
    octets, counts = encode_samples(config, x, labels, train=train)
    packed, ends = octets.tobytes(), np.cumsum(counts).tolist()
    return [command_bytes("send_samples", end - start) + packed[start:end]
            for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def overlapped(samples: Sequence[bytes]) -> bytes:
    """Commands that send each sample before they take the result of the previous one."""
    take = command_bytes("take_results", 1)
    first, *others = samples
    return first + b"".join(sample + take for sample in others) + take
