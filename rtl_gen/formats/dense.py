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
    samples, inputs = x.shape
    # An end that is not zero, after the inputs of each sample, keeps its last run to itself.
    ended = np.ones((samples, inputs + 1), np.uint8)
    np.right_shift(x, 8 - config.numbers.activation_bits, out=ended[:, :inputs])
    places = np.flatnonzero(ended)
    is_end = places % (inputs + 1) == inputs
    zeros = np.diff(places, prepend=-1) - 1
    runs = -(-zeros // MOST_RUN)
    # A place takes the runs before it, and then its byte; an end takes the next header instead.
    width = header.shape[1]
    own = np.where(is_end, width, 1)
    positions = width + np.cumsum(2 * runs + own) - own
    ends = positions[is_end]
    counts = np.diff(ends, prepend=0)
    octets = np.zeros(counts.sum(), np.uint8)
    octets[(ends - counts)[:, np.newaxis] + np.arange(width)] = header
    octets[positions[~is_end]] = ended.ravel()[places[~is_end]]
    left = np.repeat(np.cumsum(runs), runs) - np.arange(runs.sum())
    octets[np.repeat(positions, runs) - 2 * left + 1] = np.where(
        left == 1, np.repeat(zeros - 1, runs) % MOST_RUN, MOST_RUN - 1)
    return octets, counts
