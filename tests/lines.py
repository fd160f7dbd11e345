"""Transports that damage bytes or break."""

from collections import Counter

import numpy as np

from pulsetrain.host import Transport


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


class CutLine:
    """A transport that breaks after it has sent `limit` more bytes, even within a frame."""

    def __init__(self, line: Transport, limit: int) -> None:
        self._line = line
        self._left = limit

    def write(self, octets: bytes) -> None:
        self._line.write(octets[:self._left])
        self._left -= len(octets)
        if self._left < 0:
            self._line.read()
            raise OSError("the cable was pulled")

    def read(self) -> bytes:
        return self._line.read()

    def close(self) -> None:
        pass
