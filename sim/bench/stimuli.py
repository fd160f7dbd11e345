"""Stimuli: random values of the datapath with their corners, from a bench's generator."""

import numpy as np

from rtl_gen.device import device_tables
from rtl_gen.golden import synapse
from rtl_gen.spec import Config, Layer

from .scaffold import Bench


def mixed(bench: Bench, corners: list[int], low: int, high: int,
          shape: int | tuple[int, ...]) -> np.ndarray:
    """Values in low..high: half of them corners, and one array in four a single corner."""
    usable = [corner for corner in {*corners, low, high} if low <= corner <= high]
    usable.sort()
    if bench.chance(0.25):
        return np.full(shape, bench.random.choice(usable), np.int64)
    uniform = bench.random.integers(low, high + 1, shape)
    cornered = bench.random.choice(usable, shape)
    return np.where(bench.random.random(shape) < 0.5, uniform, cornered).astype(np.int64)


def states(bench: Bench, shape: int | tuple[int, ...]) -> np.ndarray:
    """Device states: the ends, the neighbours of the ends and of the refresh state."""
    last, full = bench.config.device.levels - 1, bench.config.refresh_state
    return mixed(bench, [1, last // 2, full - 1, full, last - 1], 0, last, shape)


def weights(bench: Bench, shape: int | tuple[int, ...]) -> np.ndarray:
    """Weights that a pair of devices can express."""
    tables = device_tables(bench.config)
    return synapse.weights(tables, states(bench, shape), states(bench, shape)).astype(np.int64)


def activations(bench: Bench, layer: Layer, shape: int | tuple[int, ...]) -> np.ndarray:
    """Inputs of `layer`: silent and full ones, and those beside its row threshold."""
    full, threshold = bench.config.numbers.full, layer.row_threshold
    return mixed(bench, [1, threshold, threshold + 1, full - 1], 0, full, shape)


def delta_limit(config: Config, layer: Layer) -> int:
    """Largest |delta| of the units of `layer`."""
    return config.numbers.full if layer.is_output else config.numbers.delta_limit


def deltas(bench: Bench, layer: Layer, shape: int | tuple[int, ...]) -> np.ndarray:
    """Deltas of the units of `layer`: none, the largest, and those beside its threshold."""
    limit, threshold = delta_limit(bench.config, layer), layer.delta_threshold
    near = [threshold, threshold + 1]
    return mixed(bench, [0, -1, 1, *near, *(-value for value in near)], -limit, limit, shape)


def sums(bench: Bench, layer: Layer, shape: int | tuple[int, ...]) -> np.ndarray:
    """Exact sums z of `layer`: the largest, and those beside the ends of its activation."""
    config = bench.config
    largest = layer.rows * config.numbers.full * config.weight_limit
    step = 1 << layer.forward_shift
    ends = [(u - layer.offset) * step for u in (0, 1, config.numbers.full)]
    window = min(largest, (config.numbers.full + 2) * step)
    corners = [0, -1, *ends, *(end - 1 for end in ends), *(end + step for end in ends)]
    high = largest if bench.chance(0.3) else window
    return mixed(bench, [*corners, -largest, largest], -high, high, shape)


def group_sizes(config: Config, layer: Layer) -> list[int]:
    """Units in each group of `layer`."""
    lanes = config.engine.lanes
    return [min(lanes, layer.outputs - group * lanes) for group in range(layer.groups)]


def pad(values: np.ndarray, lanes: int, filler: int | None) -> list[int | None]:
    """One value a lane; `filler` in the lanes past the last value."""
    return [*values.tolist(), *[filler] * (lanes - len(values))]


def pairs(plus: np.ndarray, minus: np.ndarray) -> list[dict[str, int]]:
    """A row of synapses from its states."""
    return [{"plus": high, "minus": low}
            for high, low in zip(plus.tolist(), minus.tolist(), strict=True)]
