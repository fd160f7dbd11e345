"""BusEngine: the engine behind a bus, as a backend of the run loop."""

from collections.abc import Coroutine
from typing import Any, Protocol

import numpy as np

from pulsetrain.bus_map import RESULT_FIFO
from pulsetrain.device import engine_digest
from pulsetrain.golden import Results, State
from pulsetrain.golden.synapse import COUNTERS
from pulsetrain.registers import IDENTITY, MODE_HALT, MODE_RUN, digest_words
from pulsetrain.run.backend import BackendStalledError
from pulsetrain.run.parity import check_parity
from pulsetrain.spec import Config

from .bus import BusHost, BusPort
from .errors import BoardRefusedError


class EnginePort(BusPort, Protocol):
    """A port to an engine behind a bus, whose methods return without having been suspended.

    `take` raises TimeoutError if there is no next result within the longest time that a sample can
    take.
    """

    async def reset(self) -> None:
        """Reset the engine: its streams are empty afterwards."""

    def close(self) -> None:
        """Release what the port uses."""


class BusEngine:
    """The engine of `config` behind `bus`, reached over `port`; a `Backend`.

    `observed` stays empty, because a bus does not show intermediate values. Its methods raise what
    those of the port raise, but `BackendStalledError` for a sample without a result. With
    `engine.parity`, a row that was read with a flipped bit raises `FlippedBitError`.

    Raises:
        BoardRefusedError: there is no engine, or that of another configuration or version.
    """

    def __init__(self, config: Config, bus: str, port: EnginePort) -> None:
        self.config = config
        self.gate = 256
        self.observe = False
        self.observed: dict[tuple[str, int, int], int] = {}
        self._port, self._host = port, BusHost(config, bus, port)
        self._check()

    def load(self, state: State) -> None:
        """Reset the engine and write the whole `state`."""
        _done(self._port.reset())
        _done(self._host.load(state))

    def read(self) -> State:
        """Read the whole state."""
        state = _done(self._host.state())
        check_parity(self.config, self.read_register)
        return state

    def counters(self) -> dict[str, int]:
        """Read the counters."""
        return {name: self.read_register(name) for name in COUNTERS}

    def device_pulses(self) -> None:
        """None: the hardware does not count them."""

    def energy(self) -> None:
        """None: the hardware does not count it."""

    def read_register(self, name: str) -> int:
        """Read one register of the bus by its name."""
        return _done(self._host.read(name))

    def write_register(self, name: str, value: int) -> None:
        """Write one register of the bus by its name."""
        _done(self._host.write(name, value))

    def train(self, x: np.ndarray, labels: np.ndarray) -> Results:
        """Learn from `x` (n, N) uint8 with `labels` (n,), one sample after the other."""
        return self._run(x, labels, train=True)

    def infer(self, x: np.ndarray, labels: np.ndarray) -> Results:
        """Classify `x` (n, N) uint8; no state changes."""
        return self._run(x, labels, train=False)

    def close(self) -> None:
        """Close the port."""
        self._port.close()

    def _check(self) -> None:
        """Check that the engine is that of the configuration."""
        if self.read_register("identity") != IDENTITY:
            raise BoardRefusedError("there is no engine of Pulsetrain at this address of the bus")
        words = digest_words(engine_digest(self.config))
        found = self.read_register("digest_high"), self.read_register("digest_low")
        if found != words:
            raise BoardRefusedError(
                f"the bus must have the engine {words[0]:08x}{words[1]:08x} of "
                f"{self.config.name!r}, not {found[0]:08x}{found[1]:08x}: generate it with this "
                "configuration and version")

    def _run(self, x: np.ndarray, labels: np.ndarray, *, train: bool) -> Results:
        self.write_register("gate", self.gate)
        self.write_register("mode", MODE_RUN)
        results: list[dict[str, int]] = []
        for start in range(0, len(x), RESULT_FIFO):
            part = slice(start, min(start + RESULT_FIFO, len(x)))
            _done(self._host.send(x[part], labels[part], train=train))
            while len(results) < part.stop:
                try:
                    results += _done(self._host.results(1))
                except TimeoutError as error:
                    sample = len(results)
                    raise BackendStalledError(f"no result for sample {sample}", sample) from error
        self.write_register("mode", MODE_HALT)
        check_parity(self.config, self.read_register)
        return Results.of_fields({
            name: np.array([result[name] for result in results], np.int64)
            for name in ("prediction", "error", "cycles")})


def _done(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What `coroutine` returns, which must not be suspended."""
    try:
        coroutine.send(None)
    except StopIteration as ended:
        return ended.value
    coroutine.close()
    raise RuntimeError("a port of a BusEngine must not wait for an event loop")
