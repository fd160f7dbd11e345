"""Driver: samples, states and registers through the ports of one simulated engine."""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from pulsetrain.errors import FAILED, PulsetrainError
from pulsetrain.formats import engine as formats
from pulsetrain.formats.samples import pack_samples
from pulsetrain.formats.words import from_words
from pulsetrain.memory_map import from_slices, to_slices
from pulsetrain.registers import MODE_HALT, MODE_RUN, register
from pulsetrain.spec import Config
from pulsetrain.spec.memories import slices

from .pins import Pins, UnknownLevelError

IDLE_CHANCE = 0.4
"""How often a hostile driver leaves a stream idle or stalls it."""


class EngineStalledError(PulsetrainError, RuntimeError):
    """The engine gave no answer within the longest time that an answer can take, or gave X.

    `sample` is the index of the sample without a result; 0 if no sample was in work.
    """

    status = FAILED

    def __init__(self, message: str, sample: int = 0) -> None:
        super().__init__(message)
        self.sample = sample


class EngineDriver:
    """Drives the ports of `hdl.engine.engine.Engine` over `Pins`.

    `hostile` is a seeded random generator or None. A hostile driver leaves the sample stream idle
    and stalls the streams of results and rows at random. The payload is noise while `valid` is low.
    """

    def __init__(self, pins: Pins, config: Config, hostile: random.Random | None = None) -> None:
        self._pins = pins
        self._config = config
        self._hostile = hostile
        self._request, self._result = formats.host_request(config), formats.result(config)
        self._probes = formats.probes(config)
        self._limit = longest_wait(config)
        self.observe = False
        self.observed: dict[tuple[str, int, int], int] = {}

    async def reset(self) -> None:
        """Drive every input and hold reset for three clocks."""
        for name in ("i_sample__payload", "i_sample__valid", "i_host__payload", "i_host__valid",
                     "bus__address", "bus__write", "bus__write_data"):
            self._pins.set(name, 0)
        self._pins.set("o_result__ready", 1)
        self._pins.set("o_host__ready", 1)
        self._pins.set("rst", 1)
        for _ in range(3):
            await self._pins.tick()
        self._pins.set("rst", 0)
        await self._pins.tick()

    async def write_register(self, name: str, value: int) -> None:
        """Write one register."""
        self._pins.set("bus__address", register(name).address)
        self._pins.set("bus__write_data", value)
        self._pins.set("bus__write", 1)
        await self._pins.tick()
        self._pins.set("bus__write", 0)

    async def read_register(self, name: str) -> int:
        """Read one register."""
        self._pins.set("bus__address", register(name).address)
        await self._pins.tick()
        await self._pins.tick()
        return self._pins.get("bus__read_data")

    def record(self, recording: bool) -> None:
        """Start or stop recording every signal, from the next clock on."""
        self._pins.record(recording)

    async def write_rows(self, rows: Sequence[int]) -> None:
        """Write all rows of synapse memory."""
        pins = self._pins
        pins.set("i_host__valid", 1)
        for address, row in enumerate(rows):
            for number, pairs in enumerate(to_slices(self._config, row)):
                pins.set("i_host__payload", self._request.pack(
                    {"write": 1, "address": address, "slice": number, "pairs": pairs}))
                if not await pins.until("i_host__ready", self._limit):
                    raise EngineStalledError(f"the host port takes no request for row {address}")
        pins.set("i_host__valid", 0)

    async def read_rows(self) -> list[int]:
        """Read all rows of synapse memory."""
        pins = self._pins
        requests = [self._request.pack(
                        {"write": 0, "address": address, "slice": number, "pairs": 0})
                    for address in range(self._config.design.rows)
                    for number in range(len(slices(self._config)))]
        packed: list[int] = []
        asked = waited = 0
        pins.set("i_host__valid", 1)
        pins.set("i_host__payload", requests[0])
        while len(packed) < len(requests):
            ready = self._is_ready()
            pins.set("o_host__ready", int(ready))
            await pins.tick()
            waited += 1
            if waited > self._limit:
                row = len(packed) // len(slices(self._config))
                raise EngineStalledError(f"the host port gives no row {row}")
            if asked < len(requests) and pins.get("i_host__ready"):
                asked += 1
                if asked < len(requests):
                    pins.set("i_host__payload", requests[asked])
                else:
                    pins.set("i_host__valid", 0)
            if ready and pins.get("o_host__valid"):
                packed.append(pins.get("o_host__payload"))
                waited = 0
        pins.set("o_host__ready", 1)
        return from_slices(self._config, packed)

    async def run(self, x: np.ndarray, labels: np.ndarray,
                  train: bool) -> list[tuple[int, bool, int]]:
        """Send samples `x` (n, N) uint8 with `labels` (n,); returns (class, error, cycles) of each.

        Raises:
            EngineStalledError: there is no result for a sample.
        """
        self.observed = {}
        transfers = self._transfers(x, labels, train)
        results: list[tuple[int, bool, int]] = []
        await self.write_register("mode", MODE_RUN)
        try:
            await self._exchange(transfers, results, len(x))
        except UnknownLevelError as unknown:
            raise EngineStalledError(str(unknown), len(results)) from unknown
        self._pins.set("o_result__ready", 1)
        await self.write_register("mode", MODE_HALT)
        return results

    async def break_off(self, x: np.ndarray, labels: np.ndarray, cycles: int) -> None:
        """Send training samples for `cycles` clock cycles and stop then, even within a sample."""
        transfers, offered = self._transfers(x, labels, train=True), False
        await self.write_register("mode", MODE_RUN)
        for _ in range(cycles):
            offered = self._offer(transfers, offered)
            await self._pins.tick()
            if offered and self._pins.get("i_sample__ready"):
                transfers.pop()
                offered = False

    async def _exchange(self, transfers: list[int], results: list[tuple[int, bool, int]],
                        expected: int) -> None:
        """Offer all transfers, starting from the end of the list, and collect the results."""
        pins = self._pins
        waited, offered = 0, False
        while len(results) < expected:
            offered = self._offer(transfers, offered)
            ready = self._is_ready()
            pins.set("o_result__ready", int(ready))
            if transfers or self._hostile or self.observe:
                await pins.tick()
            elif not await pins.until("o_result__valid", self._limit):
                raise self._no_result(len(results))
            waited += 1
            if offered and pins.get("i_sample__ready"):
                transfers.pop()
                offered, waited = False, 0
            if self.observe:
                self._watch()
            if ready and pins.get("o_result__valid"):
                results.append(self._unpacked_result())
                waited = 0
            if waited > self._limit:
                raise self._no_result(len(results))

    def _is_ready(self) -> bool:
        """Whether to be ready in the next cycle; a hostile driver often is not."""
        return self._hostile is None or self._hostile.random() > IDLE_CHANCE

    def _no_result(self, sample: int) -> EngineStalledError:
        return EngineStalledError(f"no result for sample {sample} in {self._limit} cycles", sample)

    def _offer(self, transfers: list[int], offered: bool) -> bool:
        """Offer the next transfer, if there is one; a hostile driver may wait before a new one."""
        if not transfers:
            self._pins.set("i_sample__valid", 0)
            return False
        if not offered and self._hostile and self._hostile.random() < IDLE_CHANCE:
            self._pins.set("i_sample__valid", 0)
            self._pins.scramble("i_sample__payload")
            return False
        if not offered:
            self._pins.set("i_sample__valid", 1)
            self._pins.set("i_sample__payload", transfers[-1])
        return True

    def _transfers(self, x: np.ndarray, labels: np.ndarray, train: bool) -> list[int]:
        """The transfers of all samples, the last one first."""
        packed, _ = pack_samples(self._config, x, labels, train=train, unit=np.uint32)
        return from_words(packed)[::-1]

    def _unpacked_result(self) -> tuple[int, bool, int]:
        result = self._result.unpack(self._pins.get("o_result__payload"))
        return result["prediction"], bool(result["error"]), result["cycles"]

    def _watch(self) -> None:
        for name, probe in self._probes.items():
            note(self.observed, self._config, name, probe.unpack(self._pins.get(name)))


def longest_wait(config: Config) -> int:
    """Clock cycles without a transfer after which a stream of an engine must have stalled."""
    return 1000 + 4 * sum(layer.groups * (layer.rows + layer.outputs)
                          for layer in config.design.layers)


def note(observed: dict[tuple[str, int, int], int], config: Config, name: str,
         probe: dict[str, Any]) -> None:
    """Note what the probe `name` shows, under the keys of `golden.trace.observed_values`."""
    if not probe["valid"]:
        return
    if name == "probe_output":
        for unit, (z, delta) in enumerate(zip(probe["z"], probe["delta"], strict=True)):
            index = probe["first"] + unit
            if probe["valid"] >> unit & 1:
                observed["forward", len(config.design.layers), index] = z
                if delta:
                    observed["output", len(config.design.layers), index] = delta
    elif name == "probe_sum" or probe["value"]:
        phase = "forward" if name == "probe_sum" else "backward"
        observed[phase, probe["layer"] + 1, probe["index"]] = probe["value"]
