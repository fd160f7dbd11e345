"""Samples as the transfers of an engine's sample stream."""

import numpy as np

from pulsetrain.spec import Config

from .engine import sample_transfer


def pack_samples(config: Config, x: np.ndarray, labels: np.ndarray, *, train: bool,
                 unit: type[np.unsignedinteger]) -> tuple[np.ndarray, np.ndarray]:
    """The transfers of all samples, one sample after the other.

    Args:
        config: of the engine.
        x: inputs (n, N) uint8.
        labels: (n,) integers.
        train: whether to learn from the samples.
        unit: uint8 or uint32.

    Returns:
        The packed transfers (m, units) of `unit`, and the number of transfers of each sample (n,).

    Raises:
        ValueError: a label does not fit its field.
    """
    activations = x >> (8 - config.numbers.activation_bits)
    if config.engine.input == "events":
        sent = activations != 0
        sent[~sent.any(axis=1), 0] = True  # a sample has at least one transfer
    else:
        sent = np.ones(activations.shape, bool)
    sample, index = np.nonzero(sent)
    values = {"index": index, "value": activations[sample, index],
              "last": np.diff(sample, append=-1) != 0, "label": np.asarray(labels)[sample],
              "train": np.full(len(sample), train)}
    return sample_transfer(config).pack_all(values, unit), sent.sum(axis=1)
