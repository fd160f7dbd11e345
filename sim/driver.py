"""Driver: words through the ports of one simulated engine.

It runs inside the simulator, where it is imported at every start: it needs neither NumPy nor the
configuration. `words` translates on the other side.
"""

import random
from collections.abc import Mapping, Sequence

from pulsetrain.errors import FAILED, PulsetrainError
from pulsetrain.registers import MODE_HALT, MODE_RUN, RESET_CYCLES, register

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

    `limit` is the number of clock cycles without a transfer after which a stream has stalled.
    `probes` has the bits of every probe that are 1 while it shows something. `hostile` is a seeded
    random generator or None. A hostile driver leaves the sample stream idle and stalls the streams
    of results and rows at random. The payload is noise while `valid` is low.

    While `observe` is set, `observed` lists the probes and the words that they showed in the last
    run, in order.
    """

    def __init__(self, pins: Pins, limit: int, probes: Mapping[str, int],
                 hostile: random.Random | None = None) -> None:
        self._pins = pins
        self._limit = limit
        self._probes = probes
        self._hostile = hostile
        self.observe = False
        self.observed: list[tuple[str, int]] = []

    async def reset(self) -> None:
        """Drive every input and hold reset for `RESET_CYCLES`."""
        for name in ("i_sample__payload", "i_sample__valid", "i_host__payload", "i_host__valid",
                     "bus__address", "bus__write", "bus__write_data"):
            self._pins.set(name, 0)
        self._pins.set("o_result__ready", 1)
        self._pins.set("o_host__ready", 1)
        self._pins.set("rst", 1)
        for _ in range(RESET_CYCLES):
            await self._pins.tick()
        self._pins.set("rst", 0)
        await self._pins.tick()

    async def write_register(self, name: str, value: int) -> None:
        """Write one register."""
        self._pins.set("bus__address", register(name).address)
        self._pins.set("bus__write_data", value)
        self._pins.set("bus__write", 1)
        await self._take_register()
        self._pins.set("bus__write", 0)

    async def read_register(self, name: str) -> int:
        """Read one register."""
        self._pins.set("bus__address", register(name).address)
        await self._take_register()
        await self._pins.tick()
        return self._pins.get("bus__read_data")

    async def _take_register(self) -> None:
        """Wait until the register on the bus is read or written."""
        if not await self._pins.until("bus__ready", self._limit):
            raise EngineStalledError("the register bus is never ready")

    async def flip(self, memory: str, word: int, bit: int) -> None:
        """Flip a bit of a word of a memory, after a clock edge."""
        await self._pins.tick()
        self._pins.flip(memory, word, bit)
        await self._pins.tick()

    def record(self, recording: bool) -> None:
        """Start or stop recording every signal, from the next clock on."""
        self._pins.record(recording)

    async def write_rows(self, rows: Sequence[Sequence[int]]) -> None:
        """Write rows of synapse memory, given the requests for the slices of each."""
        pins = self._pins
        pins.set("i_host__valid", 1)
        for row, requests in enumerate(rows):
            for request in requests:
                pins.set("i_host__payload", request)
                if not await pins.until("i_host__ready", self._limit):
                    raise EngineStalledError(f"the host port takes no request for row {row}")
        pins.set("i_host__valid", 0)

    async def read_rows(self, rows: Sequence[Sequence[int]]) -> list[int]:
        """Read rows of synapse memory, given the requests for the slices of each; returns the
        slices of all."""
        pins = self._pins
        requests = [request for row in rows for request in row]
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
                row = len(packed) // len(rows[0])
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
        return packed

    async def run(self, transfers: Sequence[int], samples: int) -> list[int]:
        """Send the transfers of `samples` samples; returns the result of each.

        Raises:
            EngineStalledError: there is no result for a sample.
        """
        self.observed = []
        results: list[int] = []
        await self.write_register("mode", MODE_RUN)
        try:
            await self._exchange(transfers[::-1], results, samples)
        except UnknownLevelError as unknown:
            raise EngineStalledError(str(unknown), len(results)) from unknown
        self._pins.set("o_result__ready", 1)
        await self.write_register("mode", MODE_HALT)
        return results

    async def break_off(self, transfers: Sequence[int], cycles: int) -> None:
        """Send transfers for `cycles` clock cycles and stop then, even within a sample."""
        left, offered = transfers[::-1], False
        await self.write_register("mode", MODE_RUN)
        for _ in range(cycles):
            offered = self._offer(left, offered)
            await self._pins.tick()
            if offered and self._pins.get("i_sample__ready"):
                left.pop()
                offered = False

    async def play(self, steps: Sequence[tuple[Mapping[str, int], str | int]],
                   names: Sequence[str]) -> list[list[int | None]]:
        """Drive ports as told; returns the values of the ports `names` before every clock edge,
        None where they are unknown.

        A step has what to drive, and how long: until a port is 1, or a number of edges.

        Raises:
            EngineStalledError: the port of a step is never 1.
        """
        played: list[list[int | None]] = []
        for driven, wanted in steps:
            for name, value in driven.items():
                self._pins.set(name, value)
            for _ in range(wanted if isinstance(wanted, int) else self._limit):
                await self._pins.tick()
                played.append([self._get_if_known(name) for name in names])
                if isinstance(wanted, str) and self._pins.get(wanted):
                    break
            else:
                if isinstance(wanted, str):
                    raise EngineStalledError(f"{wanted} is never 1")
        return played

    def _get_if_known(self, name: str) -> int | None:
        try:
            return self._pins.get(name)
        except UnknownLevelError:
            return None

    async def _exchange(self, transfers: list[int], results: list[int], expected: int) -> None:
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
                results.append(pins.get("o_result__payload"))
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

    def _watch(self) -> None:
        for name, valid in self._probes.items():
            word = self._pins.get(name)
            if word & valid:
                self.observed.append((name, word))
