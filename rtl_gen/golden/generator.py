"""The generator: a xorshift32 word, stepped once per training sample, and draws made from it.

A draw depends on the word and on coordinates only, never on the schedule of the engine.
"""

import numpy as np

ROUNDS = 5
LAYER_SPREAD, ROW_SPREAD, DEVICE_SPREAD = 0xB7E15163, 0x9E3779B9, 0xC2B2AE35
LAYER_BITS, ROW_BITS, DEVICE_BITS = 3, 13, 14
DEVICE_MARK, PROGRAMMING_MARK = 0xB5297A4D, 0x165667B1
_HALF = 0xFFFF
_WORD = 0xFFFFFFFF


def step(word: int) -> int:
    """The next xorshift32 word (13, 17, 5; Marsaglia 2003). `word` is 1..2^32 - 1."""
    word ^= word << 13 & _WORD
    word ^= word >> 17
    return word ^ (word << 5 & _WORD)


def row_word(layer: int, row: np.ndarray) -> np.ndarray:
    """Coordinates of input line `row` (int64) of layer `layer` (from 1) as a 32-bit word.

    Both are spread over the word by carry-less products with `ROW_SPREAD` and `LAYER_SPREAD`.
    Without them the Simon rounds would leave neighbouring rows and layers correlated
    (`tests/test_generator.py` screens for it).
    """
    return (_spread(row, ROW_SPREAD, ROW_BITS)
            ^ _spread(np.array(layer), LAYER_SPREAD, LAYER_BITS))


def device_word(column: np.ndarray, device: int) -> np.ndarray:
    """Coordinates of the physical device 0 or 1 of a pair in column `column` (int64).

    It is combined with a `row_word` by exclusive or. No two devices of an engine, and no device
    and row, then have the same word: the map is linear and one to one, and `DEVICE_MARK` is
    outside the span of the coordinates.
    """
    return _spread(2 * column + device, DEVICE_SPREAD, DEVICE_BITS) ^ DEVICE_MARK


def byte_sum(draw: np.ndarray) -> np.ndarray:
    """The sum of the four bytes of a draw, the lowest bit cleared: 0..1019, nearly normal."""
    return (draw & 0xFE) + (draw >> 8 & 0xFF) + (draw >> 16 & 0xFF) + (draw >> 24)


def _spread(number: np.ndarray, factor: int, bits: int) -> np.ndarray:
    """The carry-less product of `number` and `factor`, its lower 32 bits."""
    word = np.zeros_like(number)
    for bit in range(bits):
        word ^= np.where(number >> bit & 1, factor << bit & _WORD, 0)
    return word


def _rotate(half: np.ndarray, bits: int) -> np.ndarray:
    return (half << bits | half >> (16 - bits)) & _HALF


def mix(word: np.ndarray) -> np.ndarray:
    """32 bits mixed without a multiplier: `ROUNDS` unkeyed Simon32 rounds on 16-bit halves.

    Each round is (x, y) <- (y xor (x rol 1 and x rol 8) xor x rol 2, x). At first x is the upper
    half. In the result it is the lower half, because it is mixed better.
    """
    x, y = word >> 16, word & _HALF
    for _ in range(ROUNDS):
        x, y = y ^ (_rotate(x, 1) & _rotate(x, 8)) ^ _rotate(x, 2), x
    return y << 16 | x


def fires(word: int, gate: int, row_words: np.ndarray) -> np.ndarray:
    """Which pulsing rows, given by their `row_word`s, fire under `gate` (0..256); bool."""
    return (mix(row_words ^ word) & 0xFF) < gate
