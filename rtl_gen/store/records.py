"""Records: the form in which samples lie in a board's memory.

The memory has words of 16 bits, and the first of two bytes is the lower one. A sample is a record:

- the sample in its dense form (`formats.dense`), whose bit `train` is 0 and has no effect;
- a byte 0, if the number of bytes so far is odd;
- the CRC-32 (`zlib.crc32`) of the sample's number, four bytes, and of all of the above: four bytes,
  low byte first.

A record belongs to its number, so a record that was read in place of another is noticed. The
directory has `ENTRY_WORDS` words for each sample, in the order of their numbers: the address of the
first word of its record (two words, the lower one first), the number of its words, and 0.
"""

import zlib
from dataclasses import dataclass

import numpy as np

from pulsetrain.formats.dense import encode_samples
from pulsetrain.spec import Config
from pulsetrain.spec.memories import MemorySize

ENTRY_WORDS = 4
NUMBER_BYTES = CRC_BYTES = 4

FIFO = MemorySize(depth=512, bits=17)
"""The memory of the words that are fetched ahead, each with a bit for the last one of a record. It
is empty if both of its addresses are equal, so it holds one word less than its depth."""


def record(number: int, dense: bytes) -> bytes:
    """The record of the sample `number` with this dense form; a whole number of words."""
    content = dense + bytes(len(dense) % 2)
    check = zlib.crc32(content, zlib.crc32(number.to_bytes(NUMBER_BYTES, "little")))
    return content + check.to_bytes(CRC_BYTES, "little")


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A data set as it lies in a memory from its first word on: the directory, then the records."""

    content: bytes
    samples: int

    @property
    def words(self) -> np.ndarray:
        """The words (n,) uint16."""
        return np.frombuffer(self.content, "<u2")


def mean_words(config: Config, x: np.ndarray, labels: np.ndarray) -> float:
    """Mean words that are read for one of the samples `x` (n, N) uint8 with `labels` (n,): those of
    its record and of its entry in the directory."""
    _, counts = encode_samples(config, x, labels, train=False)
    return float(((counts + 1) // 2).mean()) + CRC_BYTES / 2 + ENTRY_WORDS


def stored(config: Config, x: np.ndarray, labels: np.ndarray, *, address: int = 0) -> Stored:
    """Samples `x` (n, N) uint8 with `labels` (n,), to be stored from the word `address` on.

    Their numbers count from 0.

    Raises:
        ValueError: a label does not fit its field.
    """
    octets, counts = encode_samples(config, x, labels, train=False)
    dense, ends = octets.tobytes(), np.cumsum(counts).tolist()
    records = [record(number, dense[end - count:end])
               for number, (end, count) in enumerate(zip(ends, counts.tolist(), strict=True))]
    sizes = np.array([len(one) // 2 for one in records], np.int64)
    starts = address + ENTRY_WORDS * len(records) + np.cumsum(sizes) - sizes
    directory = np.zeros((len(records), ENTRY_WORDS), "<u2")
    directory[:, 0], directory[:, 1], directory[:, 2] = starts & 0xFFFF, starts >> 16, sizes
    return Stored(content=directory.tobytes() + b"".join(records), samples=len(records))
