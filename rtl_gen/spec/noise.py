"""Noise: displacements of a device in states, whose deviation is a share of its range.

A draw of 32 bits gives the sum of its four bytes, the lowest bit of the first cleared. The sum is
nearly normal (Irwin-Hall) and symmetric about 1019 / 2. The displacement is a constant multiple of
n = 2 sum - 1019, rounded; n is odd, so no tie is rounded, and the mean is exactly 0
(docs/reference/contract.md, section 12).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

LARGEST_SUM = 1019
"""The sum is 0..1019, and its mean is half of that."""

LARGEST_FACTOR = 511
"""Largest factor of a scale: small deviations need 9 bits, others have fewer."""

TOLERANCE = 0.01
"""A deviation may differ by this share from the one that was asked for, to make hardware small."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Displacements floor(n factor / 2^shift + 1/2) in states, n = 2 sum - 1019.

    `factor` is odd, 1..511, and `shift` at least 2.
    """

    factor: int
    shift: int

    @property
    def offset(self) -> int:
        """The displacement is (sum * factor + offset) >> (shift - 1), a floor shift."""
        return ((1 << (self.shift - 1)) - LARGEST_SUM * self.factor - 1) // 2

    def displacement(self, total: np.ndarray) -> np.ndarray:
        """The displacements of draws with these sums (int64)."""
        return (total * self.factor + self.offset) >> (self.shift - 1)

    @property
    def largest(self) -> int:
        """The largest displacement; the smallest is its negative."""
        return int(self.displacement(np.array(LARGEST_SUM)))

    @property
    def deviation(self) -> float:
        """The standard deviation of displacements over all draws, in states."""
        sums, shares = _sums()
        return float(np.sqrt(np.sum(shares * self.displacement(sums).astype(np.float64)**2)))


@cache
def scale_of(deviation: float) -> Scale:
    """The scale for a standard deviation of `deviation` > 0 states.

    Of all scales whose deviation is within `TOLERANCE`, it is the one whose multiplier needs the
    fewest additions, and of these the nearest. If there is none (below 0.1 states, where few sums
    round to another state than 0), it is the nearest of all.
    """
    sums, shares = _sums()
    spread = np.sqrt(np.sum(shares * (2.0 * sums - LARGEST_SUM)**2))
    found = []
    for factor in range(1, LARGEST_FACTOR + 1, 2):
        unrounded = round(float(np.log2(factor * spread / deviation)))
        most = (LARGEST_SUM * factor).bit_length()  # with more, every sum rounds to 0
        for shift in range(max(2, min(unrounded, most) - 3), max(2, min(unrounded + 1, most)) + 1):
            scale = Scale(factor=factor, shift=shift)
            error = abs(scale.deviation / deviation - 1)
            found.append(((error > TOLERANCE) * error, additions(factor), error, factor, scale))
    return min(found, key=lambda entry: entry[:-1])[-1]


def additions(factor: int) -> int:
    """Additions and subtractions that multiply by `factor`: its digits -1 and 1 that are not 0,
    fewest possible (non-adjacent form), less one."""
    return (factor ^ 3 * factor).bit_count() - 1


@cache
def _sums() -> tuple[np.ndarray, np.ndarray]:
    """All sums 0..1019, and the share of the draws that give each."""
    byte = np.full(256, 1 / 256)
    cleared = np.zeros(255)
    cleared[::2] = 1 / 128
    shares = np.convolve(np.convolve(byte, byte), np.convolve(byte, cleared))
    return np.arange(len(shares)), shares
