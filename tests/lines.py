"""Transports that damage bytes or break."""

from collections import Counter, deque

import numpy as np

from pulsetrain.host import Transport
from pulsetrain.sim.native_board import CYCLES_PER_BYTE, NativeBoard

_TOGETHER = 10
"""Bytes that a `LateLine` passes on at once."""


class FaultyLine:
    """A transport that damages every byte, in both directions, with probability `rate`.

    `faults` counts the faults by type. `seed` determines all of them.
    """

    def __init__(self, line: Transport, rate: float, seed: int) -> None:
        self.rate = rate
        self.faults = Counter()
        self._line = line
        self._random = np.random.default_rng(seed)

    def write(self, octets: bytes) -> None:
        self._line.write(self._damaged(octets))

    def read(self) -> bytes:
        return self._damaged(self._line.read())

    def close(self) -> None:
        self._line.close()

    def _damaged(self, octets: bytes) -> bytes:
        struck = np.flatnonzero(self._random.random(len(octets)) < self.rate).tolist()
        damaged, start = [], 0
        for index in struck:
            byte = octets[index:index + 1]
            fault = str(self._random.choice(("flip", "burst", "drop", "double", "insert", "swap")))
            self.faults[fault] += 1
            damaged.append(octets[start:index])
            start = index + 1
            match fault:
                case "flip":
                    damaged.append(bytes([byte[0] ^ 1 << int(self._random.integers(8))]))
                case "burst":
                    damaged.append(self._random.bytes(4))
                    start = index + 4
                case "double":
                    damaged.append(byte * 2)
                case "insert":
                    damaged.append(self._random.bytes(1) + byte)
                case "swap":
                    damaged.append(octets[index + 1:index + 2] + byte)
                    start = index + 2
        return b"".join([*damaged, octets[start:]])


class LateLine:
    """A line to a compiled board in which bytes take `latency` clock cycles each way.

    The host takes no time. `clock` counts the cycles of the board so far.
    """

    def __init__(self, board: NativeBoard, latency: int) -> None:
        self.clock = 0
        self._board = board
        self._latency = latency
        self._there: deque[tuple[int, bytes]] = deque()  # (clock of arrival, bytes)
        self._back: deque[tuple[int, bytes]] = deque()

    def write(self, octets: bytes) -> None:
        arrival = self.clock + self._latency
        self._there.extend((arrival, octets[start:start + _TOGETHER])
                           for start in range(0, len(octets), _TOGETHER))

    def read(self) -> bytes:
        """What has arrived; empty if nothing arrives for as long as an answer can take."""
        silence = self.clock + self._board.silence + 2 * self._latency
        while not (self._back and self._back[0][0] <= self.clock):
            if self.clock > silence:
                return b""
            self._step()
        octets = b""
        while self._back and self._back[0][0] <= self.clock:
            octets += self._back.popleft()[1]
        return octets

    def close(self) -> None:
        self._board.close()

    def _step(self) -> None:
        """Let time pass for the next bytes to the board, or for as many."""
        cycles = _TOGETHER * CYCLES_PER_BYTE
        if self._there and self._there[0][0] <= self.clock:
            octets = self._there.popleft()[1]
            self._board.write(octets)
            self.clock += len(octets) * CYCLES_PER_BYTE
            cycles = 1
        found = self._board.run(cycles, rest=1 << 40)
        self.clock += cycles
        if found:
            self._back.append((self.clock + self._latency, found))


class CutLine:
    """A transport that breaks after it has sent `limit` more bytes, even within a frame; `left` of
    them are left."""

    def __init__(self, line: Transport, limit: int) -> None:
        self._line = line
        self.left = limit

    def write(self, octets: bytes) -> None:
        self._line.write(octets[:self.left])
        self.left -= len(octets)
        if self.left < 0:
            self._line.read()
            raise OSError("the cable was pulled")

    def read(self) -> bytes:
        return self._line.read()

    def close(self) -> None:
        pass
