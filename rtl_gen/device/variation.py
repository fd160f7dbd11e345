"""Variation: classes of different devices, as factors on the nominal device."""

from dataclasses import dataclass

import numpy as np

from pulsetrain.spec import Config

LEAST = 0.05
"""No device has less than this share of the nominal step or range."""


@dataclass(frozen=True, kw_only=True)
class Factors:
    """The potentiating and depressing steps of one class, and its range Gmax - Gmin, as multiples
    of the nominal device's; `bend_up` and `bend_down` are added to its labels NL of potentiation
    and depression."""

    up: float = 1.0
    down: float = 1.0
    range: float = 1.0
    bend_up: float = 0.0
    bend_down: float = 0.0


def classes(config: Config) -> tuple[Factors, ...]:
    """The classes of `config.variation`; one nominal class if all devices are equal.

    Each quantity takes the normal distribution's values at the middles of `classes` equally
    likely intervals, scaled to unit variance, and in its own random order (a Latin hypercube).
    So its mean and standard deviation over the classes are the configured ones, except for values
    that `LEAST` limits. The labels of the two directions vary independently, as in MLP-NeuroSim.
    """
    variation = config.variation
    if not variation.spreads:
        return (Factors(),)
    from scipy.special import ndtri  # SciPy takes half a second to import

    count = variation.classes
    values = ndtri((np.arange(count) + 0.5) / count)
    values /= np.sqrt(np.mean(values**2))
    random = np.random.default_rng(variation.seed or config.seed)
    step, scale, ratio, bend_up, bend_down = (random.permutation(values) for _ in range(5))
    step = 1 + variation.step * step
    ratio = variation.up_down / 2 * ratio

    def bounded(factors: np.ndarray) -> np.ndarray:
        return np.maximum(factors, LEAST)

    factors = zip(bounded(step * (1 + ratio)), bounded(step * (1 - ratio)),
                  np.minimum(bounded(1 + variation.range * scale), 2.0),
                variation.bend * bend_up, variation.bend * bend_down, strict=True)
    return tuple(Factors(up=float(up), down=float(down), range=float(span), bend_up=float(label_up),
                         bend_down=float(label_down))
                 for up, down, span, label_up, label_down in factors)
