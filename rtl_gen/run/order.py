"""The order in which a run visits its training samples."""

from collections.abc import Iterator

import numpy as np

from pulsetrain.golden.order import keyed_order, order_key
from pulsetrain.spec import Config


def epoch_order(config: Config, epoch: int, count: int) -> np.ndarray:
    """The order of epoch `epoch` (from 0) over `count` training samples; (count,) int64."""
    if config.training.order == "keyed":
        return keyed_order(order_key(config.seed, epoch), count)
    return np.random.default_rng([config.seed, epoch]).permutation(count)


def visits(config: Config, count: int, *, epoch: int = 0, position: int = 0) -> Iterator[
        tuple[int, np.ndarray]]:
    """An endless sequence of epochs: (epoch, indices of the samples to visit).

    The first epoch leaves out the `position` samples that have been visited already.
    """
    while True:
        yield epoch, epoch_order(config, epoch, count)[position:]
        epoch, position = epoch + 1, 0


def schedule(config: Config, count: int, samples: int, *, epoch: int = 0,
             position: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The next `samples` visits of a run at `position` of `epoch`, over `count` samples.

    Returns (indices, pulse gates), both (samples,) int64; it continues into further epochs.
    """
    indices, gates, taken = [], [], 0
    for number, order in visits(config, count, epoch=epoch, position=position):
        indices.append(order[:samples - taken])
        gates.append(np.full(len(indices[-1]), config.design.gate(number)))
        taken += len(indices[-1])
        if taken == samples:
            break
    return np.concatenate(indices), np.concatenate(gates)


def chunks(gates: np.ndarray, every: int) -> Iterator[tuple[int, int]]:
    """(start, stop) of chunks of at most `every` samples; none crosses a multiple of `every`.

    All samples of a chunk have the same gate of `gates` (n,).
    """
    start = 0
    for stop in range(1, len(gates) + 1):
        if stop == len(gates) or stop % every == 0 or gates[stop] != gates[start]:
            yield start, stop
            start = stop
