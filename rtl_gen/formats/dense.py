"""The dense form of samples, in which they are sent to a board and stored on it.

A sample is its header (`dense_header`) and then its inputs as activations, in order: an activation
that is not zero is one byte, and a run of zeros is a byte 0 and a byte with the run's length less
one. Longer runs are several, of at most `MOST_RUN`. The sample ends with its last input.
"""

import numpy as np

from pulsetrain.spec import Config

from .struct import Struct, struct

MOST_RUN = 256
"""The most zeros in one run."""


def dense_header(config: Config) -> Struct:
    """What precedes the inputs of a sample, in as few bytes as can hold it."""
    return struct(
        ("label", config.design.label_bits, "the label"),
        ("train", 1, "1: learn, 0: only classify"))


def encode_samples(config: Config, x: np.ndarray, labels: np.ndarray, *,
                   train: bool) -> tuple[np.ndarray, np.ndarray]:
    """All samples in their dense form, one after the other.

    Args:
        config: of the engine.
        x: inputs (n, N) uint8.
        labels: (n,) integers.
        train: whether to learn from the samples.

    Returns:
        The bytes (m,) uint8, and the number of bytes of each sample (n,).

    Raises:
        ValueError: a label does not fit its field.
    """
    header = dense_header(config).pack_all(
        {"label": np.asarray(labels), "train": np.full(len(x), train)}, np.uint8)
    activations = x >> (8 - config.numbers.activation_bits)
    sample, index = np.nonzero(_begins(activations == 0))
    value = activations[sample, index]
    # What begins at an input ends where the next begins, or with the sample.
    is_last = np.diff(sample, append=-1) != 0
    length = np.where(is_last, x.shape[1], np.append(index[1:], 0)) - index
    sizes = 1 + (value == 0)
    counts = header.shape[1] + np.bincount(sample, weights=sizes, minlength=len(x)).astype(np.int64)
    starts = np.cumsum(counts) - counts
    octets = np.empty(counts.sum(), np.uint8)
    octets[starts[:, np.newaxis] + np.arange(header.shape[1])] = header
    offsets = np.cumsum(sizes) - sizes + (sample + 1) * header.shape[1]
    octets[offsets] = value
    zeros = value == 0
    octets[offsets[zeros] + 1] = length[zeros] - 1
    return octets, counts


def _begins(zero: np.ndarray) -> np.ndarray:
    """Where in `zero` (n, N) something that is not a zero stands, or a run of zeros begins."""
    index = np.arange(zero.shape[1])
    first = zero.copy()
    first[:, 1:] &= ~zero[:, :-1]
    start = np.maximum.accumulate(np.where(first, index, 0), axis=1)
    return ~zero | ((index - start) % MOST_RUN == 0)
