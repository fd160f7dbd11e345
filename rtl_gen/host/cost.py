"""Cost: the bytes that training samples take on the line to a board."""

import numpy as np

from pulsetrain.protocol import MAX_PAYLOAD
from pulsetrain.spec import Config

from .board import overlapped, sample_commands
from .frames import frame


def sample_bytes(config: Config, x: np.ndarray, labels: np.ndarray) -> float:
    """Mean bytes of a training sample on the line to a board, frames included, if nothing is sent
    twice. The answers are fewer and go the other way at the same time.

    Args:
        config: of the engine.
        x: inputs (n, N) uint8.
        labels: (n,) integers.
    """
    stream = overlapped(sample_commands(config, x, labels, train=True))
    return frames_octets(stream) / len(x)


def frames_octets(stream: bytes) -> int:
    """The bytes of `stream` on the line to a board, in full frames."""
    return sum(len(frame(stream[start:start + MAX_PAYLOAD], kind=0, session=1,
                         position=start % 65_536, acknowledged=0))
               for start in range(0, len(stream), MAX_PAYLOAD))
