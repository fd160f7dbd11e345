"""The machine's peak of 16-bit products, measured: what the compiled engine could reach at most."""

import time

import numpy as np

from .jit import kernel

_LENGTH = 2048
"""Elements of a row; the seven rows fit in a first-level cache of 32 KiB."""
_ROUNDS, _RUNS = 200, 50


def int16_peak() -> float:
    """Multiply-adds of 16 bits per second that one core reaches in the fastest of many short runs,
    on operands in its registers and first-level cache."""
    random = np.random.default_rng(1)
    a, b = (random.integers(-100, 100, (rows, _LENGTH)).astype(np.int16) for rows in (3, 4))
    _products(a, b, 1)  # compiles
    seconds = []
    for _ in range(_RUNS):
        started = time.process_time()
        _products(a, b, _ROUNDS)
        seconds.append(time.process_time() - started)
    return _ROUNDS * a.size * len(b) / min(seconds)


@kernel
def _products(a, b, rounds):
    """The products of 3 rows by 4, `rounds` times, modulo 2^16: each operand is used more than
    once, so that multipliers are busy and not the loads."""
    total = 0
    for _ in range(rounds):
        s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = s8 = s9 = s10 = s11 = np.int16(0)
        for k in range(a.shape[1]):
            a0, a1, a2 = a[0, k], a[1, k], a[2, k]
            b0, b1, b2, b3 = b[0, k], b[1, k], b[2, k], b[3, k]
            s0, s1 = np.int16(s0 + a0 * b0), np.int16(s1 + a0 * b1)
            s2, s3 = np.int16(s2 + a0 * b2), np.int16(s3 + a0 * b3)
            s4, s5 = np.int16(s4 + a1 * b0), np.int16(s5 + a1 * b1)
            s6, s7 = np.int16(s6 + a1 * b2), np.int16(s7 + a1 * b3)
            s8, s9 = np.int16(s8 + a2 * b0), np.int16(s9 + a2 * b1)
            s10, s11 = np.int16(s10 + a2 * b2), np.int16(s11 + a2 * b3)
        total += int(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11)
    return total
