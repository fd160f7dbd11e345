"""BoardEngine: the engine on a board, as a backend of the run loop."""

from collections.abc import Sequence

import numpy as np

from pulsetrain.device import engine_digest
from pulsetrain.formats.dense import encode_samples
from pulsetrain.golden import Results, State
from pulsetrain.golden.synapse import COUNTERS
from pulsetrain.memory_map import pack_rows, unpack_rows
from pulsetrain.protocol import COMMAND_HEADER, command, items
from pulsetrain.registers import (
    IDENTITY,
    MODE_HALT,
    MODE_RUN,
    REGISTERS,
    digest_words,
    register,
    version_word,
)
from pulsetrain.run.backend import BackendStalledError
from pulsetrain.spec import Config

from .errors import BoardRefusedError, BoardStalledError
from .link import Link

_BATCH = 1000
"""Samples per exchange: between exchanges the program can be interrupted."""

_ROWS = 4096
"""Rows per command."""


class BoardEngine:
    """The engine of `config` on the board behind `link`; a `Backend` and a context manager.

    Its methods raise the errors of `Link.exchange`, but `BackendStalledError` for a sample without
    a result. `observed` stays empty, because a board cannot be observed. `cycles` counts the
    engine's cycles for training samples, `bytes_sent` and `bytes_received` the bytes on the line
    for them.

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
        self._link = link
        self._items = items(config)
        self._check()

    def __enter__(self) -> "BoardEngine":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def load(self, state: State) -> None:
        """Reset the engine and write the whole `state`."""
        self._link.begin()
        rows, width = pack_rows(self.config, state), self._items["row"].size
        commands = []
        for start in range(0, len(rows), _ROWS):
            part = rows[start:start + _ROWS]
            commands += [_command("write_rows", len(part), start),
                         *(row.to_bytes(width, "little") for row in part)]
        self._link.exchange(b"".join(commands), 0)
        for name in COUNTERS:
            self.write_register(name, state.counters[name])
        self.write_register("generator", state.generator)

    def read(self) -> State:
        """Read the whole state."""
        width, count = self._items["row"].size, self.config.design.rows
        commands = b"".join(_command("read_rows", min(_ROWS, count - start), start)
                            for start in range(0, count, _ROWS))
        packed = self._link.exchange(commands, count * width)
        rows = [int.from_bytes(packed[offset:offset + width], "little")
                for offset in range(0, len(packed), width)]
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
        return self._read_registers(register(name).address, 1)[0]

    def write_register(self, name: str, value: int) -> None:
        """Write one register by its name.

        It is also read back, so that an error is raised here if the board refused this write or an
        earlier command.

        Raises:
            CommandRefusedError: it cannot be written, or `value` is not allowed.
        """
        size, address = self._items["register"].size, register(name).address
        self._link.exchange(
            _command("write_registers", 1, address) + value.to_bytes(size, "little")
            + _command("read_registers", 1, address), size)

    def registers(self) -> dict[str, int]:
        """Read every register: name -> value."""
        values = self._read_registers(0, len(REGISTERS))
        return {entry.name: values[entry.address] for entry in REGISTERS}

    def loopback(self, octets: bytes) -> bytes:
        """Send at most 65,535 `octets`, and return what the board sends back."""
        return self._link.exchange(_command("loopback", len(octets)) + octets, len(octets))

    def train(self, x: np.ndarray, labels: np.ndarray) -> Results:
        """Learn from `x` (n, N) uint8 with `labels` (n,), one sample after the other."""
        counts = self._link.counts
        sent, received = counts.bytes_sent, counts.bytes_received
        results = self._run(x, labels, train=True)
        self.bytes_sent += counts.bytes_sent - sent
        self.bytes_received += counts.bytes_received - received
        self.cycles += int(results.cycles.sum())
        return results

    def infer(self, x: np.ndarray, labels: np.ndarray) -> Results:
        """Classify `x` (n, N) uint8; no state changes."""
        return self._run(x, labels, train=False)

    def close(self) -> None:
        """Close the line."""
        self._link.close()

    def _check(self) -> None:
        """Check that the board has the engine of the configuration."""
        found = self.registers()
        if found["identity"] != IDENTITY:
            raise BoardRefusedError("the device that answers is not a Pulsetrain board")
        if found["version"] != version_word():
            raise BoardRefusedError(f"the board must have version {_version(version_word())}, not "
                                    f"{_version(found['version'])}: build it with this version")
        words = digest_words(engine_digest(self.config))
        if (found["digest_high"], found["digest_low"]) != words:
            raise BoardRefusedError(
                f"the board must hold the engine {words[0]:08x}{words[1]:08x} of "
                f"{self.config.name!r}, not {found['digest_high']:08x}{found['digest_low']:08x}: "
                "build and program it with this configuration")

    def _run(self, x: np.ndarray, labels: np.ndarray, *, train: bool) -> Results:
        self.write_register("gate", self.gate)
        self.write_register("mode", MODE_RUN)
        size = self._items["result"].size
        packed = b""
        for start in range(0, len(x), _BATCH):
            part = slice(start, start + _BATCH)
            samples = sample_commands(self.config, x[part], labels[part], train=train)
            try:
                packed += self._link.exchange(overlapped(samples), len(samples) * size)
            except BoardStalledError as error:
                sample = start + error.received // size
                raise BackendStalledError(f"no result for sample {sample}", sample) from error
        self.write_register("mode", MODE_HALT)
        fields = self._items["result"].unpack_all(np.frombuffer(packed, np.uint8)
                                                  .reshape(-1, size))
        return Results(classes=fields["prediction"], errors=fields["error"].astype(bool),
                       cycles=fields["cycles"], ideal=np.zeros(len(x), np.int64))

    def _read_registers(self, address: int, count: int) -> list[int]:
        item = self._items["register"]
        packed = self._link.exchange(_command("read_registers", count, address),
                                     count * item.size)
        return [item.from_bytes(packed[start:])["register"]
                for start in range(0, len(packed), item.size)]


def _command(name: str, count: int, address: int = 0) -> bytes:
    return COMMAND_HEADER.to_bytes({"code": command(name).code, "count": count, "address": address})


def sample_commands(config: Config, x: np.ndarray, labels: np.ndarray, *,
                    train: bool) -> list[bytes]:
    """The commands that send the samples `x` (n, N) uint8 with `labels` (n,), one for each."""
    octets, counts = encode_samples(config, x, labels, train=train)
    packed, ends = octets.tobytes(), np.cumsum(counts).tolist()
    return [_command("send_samples", end - start) + packed[start:end]
            for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def overlapped(samples: Sequence[bytes]) -> bytes:
    """Commands that send each sample before they take the result of the previous one."""
    take = _command("take_results", 1)
    first, *others = samples
    return first + b"".join(sample + take for sample in others) + take


def _version(word: int) -> str:
    return ".".join(str(word >> shift & 255) for shift in (16, 8, 0))
