"""The keyed order: a permutation of the samples of an epoch that hardware can compute one by one.

A Feistel network on just enough bits permutes the numbers below a power of two. What it gives is
put in again until it is the number of a sample (cycle walking), so the samples are permuted too.
"""

import numpy as np

from .generator import mix, row_word

ORDER_ROUNDS = 8
HALF_BITS = 13
MOST_SAMPLES = 1 << 2 * HALF_BITS
"""The most samples that can be ordered: each half of a number is at most `HALF_BITS` wide."""

_WORD = 0xFFFFFFFF


def order_key(seed: int, epoch: int) -> int:
    """The key of the order of `epoch` (from 0): 32 bits, different for all epochs below 2^32."""
    return int(mix(mix(np.array(seed)) ^ (epoch & _WORD)))


def half_bits(count: int) -> tuple[int, int]:
    """The bits of the low and of the high half of a number below `count`; at least one each."""
    bits = max(2, (count - 1).bit_length())
    return bits // 2, bits - bits // 2


def feistel(key: int, low_bits: int, high_bits: int, number: np.ndarray) -> np.ndarray:
    """The permutation of the numbers of `low_bits + high_bits` bits; `number` is int64.

    An even round changes the low half, an odd one the high half. Each is combined by exclusive or
    with the lowest bits of `mix(row_word(round, other half) ^ key)`.
    """
    low, high = number & (1 << low_bits) - 1, number >> low_bits
    for turn in range(ORDER_ROUNDS):
        if turn % 2 == 0:
            low = low ^ mix(row_word(turn, high) ^ key) & (1 << low_bits) - 1
        else:
            high = high ^ mix(row_word(turn, low) ^ key) & (1 << high_bits) - 1
    return high << low_bits | low


def keyed_order(key: int, count: int, start: int = 0) -> np.ndarray:
    """Which of `count` samples are visited at the positions from `start` on; int64.

    Raises:
        ValueError: `count` is not in 1..`MOST_SAMPLES`.
    """
    if not 1 <= count <= MOST_SAMPLES:
        raise ValueError(f"count must be in 1..{MOST_SAMPLES}, not {count}")
    low_bits, high_bits = half_bits(count)
    order = feistel(key, low_bits, high_bits, np.arange(start, count, dtype=np.int64))
    while len(outside := np.flatnonzero(order >= count)):
        order[outside] = feistel(key, low_bits, high_bits, order[outside])
    return order
