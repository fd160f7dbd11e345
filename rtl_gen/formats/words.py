"""Integers of any width as rows of 32-bit words."""

from collections.abc import Iterable

import numpy as np

from .struct import Format


def to_words(form: Format, packed: Iterable[int]) -> np.ndarray:
    """Packed values of `form` as (n, words) uint32, the lowest word first."""
    octets = b"".join(number.to_bytes(form.words * 4, "little") for number in packed)
    return np.frombuffer(octets, "<u4").reshape(-1, form.words)


def from_words(words: np.ndarray) -> list[int]:
    """The integers whose words (n, words) uint32 are; the reverse of `to_words`."""
    return [int.from_bytes(row.tobytes(), "little") for row in words.astype("<u4", copy=False)]
