"""Stimuli: random values of the datapath with their corners, from a bench's generator."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pulsetrain.device import device_tables
from pulsetrain.golden.device import MOVES, STUCK_HIGH, STUCK_LOW, Devices
from pulsetrain.golden.synapse import Steps, Synapses
from pulsetrain.spec import Config, Layer
from pulsetrain.spec.noise import LARGEST_SUM

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
    last, full = bench.config.design.states - 1, bench.config.design.refresh_state
    return mixed(bench, [1, last // 2, full - 1, full, last - 1], 0, last, shape)


def weights(bench: Bench, shape: int | tuple[int, ...]) -> np.ndarray:
    """Weights that a pair of devices can express, or nearly."""
    limit = bench.config.design.weight_limit
    return mixed(bench, [0, -1, 1], -limit, limit, shape)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Random synapses with the moves of a pulse on each, and how a component's ports show them.

    `pairs` and `devices` have one entry per synapse: the states, and the fields of
    `hdl.engine.device.pair_devices_layout`. `sums`: the sums of bytes that give the displacements
    of "plus" and "minus" and the "error", if the configuration has them.
    """

    synapses: Synapses
    steps: Steps
    sums: dict[str, np.ndarray]

    @property
    def pairs(self) -> list[dict[str, int]]:
        """The states as a port shows them."""
        return pairs(self.synapses)

    @property
    def devices(self) -> list[dict[str, dict[str, int]]]:
        """The devices as a port shows them, with every field that any configuration has."""
        plus, minus = self.synapses.plus_devices, self.synapses.minus_devices
        shown = [{"plus": _device(plus, self.steps.plus, index),
                  "minus": _device(minus, self.steps.minus, index), "error": 0}
                 for index in range(len(self.synapses.plus))]
        for name, sums in self.sums.items():
            for pair, total in zip(shown, sums.tolist(), strict=True):
                if name == "error":
                    pair[name] = total
                else:
                    pair[name]["noise"] = total
        return shown

    def at(self, index: object) -> "Drawn":
        """The synapses that `index` chooses."""
        steps = Steps(**{name: None if values is None else values[index]
                         for name, values in vars(self.steps).items()})
        return Drawn(synapses=self.synapses.at(index), steps=steps,
                     sums={name: sums[index] for name, sums in self.sums.items()})


def drawn(bench: Bench, plus: np.ndarray, minus: np.ndarray) -> Drawn:
    """Synapses in these states, of random devices; stuck ones are in state 0."""
    config, count = bench.config, len(plus)
    tables, variation = device_tables(config), config.variation
    polarity = None
    if config.update.refresh_swaps:
        polarity = bench.random.random(count) < 0.5
    classes, stuck = [0, 0], [0, 0]
    if variation.spreads:
        classes = [bench.random.integers(variation.classes, size=count) for _ in range(2)]
    if variation.sticks:
        stuck = [bench.random.choice([MOVES, MOVES, MOVES, STUCK_LOW, STUCK_HIGH], count)
                 for _ in range(2)]
    first, second = (Devices(tables=tables, device_class=device_class, stuck=held)
                     for device_class, held in zip(classes, stuck, strict=True))
    synapses = Synapses(plus=plus, minus=minus, polarity=polarity, first=first, second=second)
    synapses = synapses.moved(synapses.plus_devices.movable(plus),
                              synapses.minus_devices.movable(minus))
    steps, sums = Steps(), {}
    if config.device.cycle_noise:
        steps = Steps(plus=bench.random.integers(3, size=count),
                      minus=bench.random.integers(3, size=count))
    if scale := config.design.cycle_scale:
        sums |= {role: byte_sums(bench, count) for role in ("plus", "minus")}
        steps = replace(steps, plus_shift=scale.displacement(sums["plus"]),
                        minus_shift=scale.displacement(sums["minus"]))
    if scale := config.design.refresh_scale:
        sums["error"] = byte_sums(bench, count)
        steps = replace(steps, error=scale.displacement(sums["error"]))
    return Drawn(synapses=synapses, steps=steps, sums=sums)


def byte_sums(bench: Bench, shape: int) -> np.ndarray:
    """Sums of the bytes of draws: uniform, and the ends and the middle."""
    half = LARGEST_SUM // 2
    return mixed(bench, [1, half, half + 1, LARGEST_SUM - 1], 0, LARGEST_SUM, shape)


def with_devices(bench: Bench, devices: Any) -> dict[str, Any]:
    """The input `devices` of a component; nothing if its devices do not differ."""
    return {"devices": devices} if bench.config.design.draws else {}


def _device(devices: Devices, steps: np.ndarray | None, index: int) -> dict[str, int]:
    device = devices.at(index)
    moves = 1 if steps is None else steps[index]
    return {"kind": int(device.device_class), "stuck": int(device.stuck != MOVES),
            "high": int(device.stuck == STUCK_HIGH), "still": int(moves == 0),
            "twice": int(moves == 2), "noise": 0}


def activations(bench: Bench, layer: Layer, shape: int | tuple[int, ...]) -> np.ndarray:
    """Inputs of `layer`: 0, full, and those next to its row threshold."""
    full, threshold = bench.config.numbers.full, layer.row_threshold
    return mixed(bench, [1, threshold, threshold + 1, full - 1], 0, full, shape)


def delta_limit(config: Config, layer: Layer) -> int:
    """Largest |delta| of the units of `layer`."""
    return config.numbers.full if layer.is_output else config.numbers.delta_limit


def deltas(bench: Bench, layer: Layer, shape: int | tuple[int, ...]) -> np.ndarray:
    """Deltas of the units of `layer`: 0, the largest, and those next to its threshold."""
    limit, threshold = delta_limit(bench.config, layer), layer.delta_threshold
    near = [threshold, threshold + 1]
    return mixed(bench, [0, -1, 1, *near, *(-value for value in near)], -limit, limit, shape)


def sums(bench: Bench, layer: Layer, shape: int | tuple[int, ...]) -> np.ndarray:
    """Exact sums z of `layer`: the largest, and those next to the ends of its activation."""
    config = bench.config
    largest = layer.rows * config.numbers.full * config.design.weight_limit
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
    """One value per lane; `filler` in the lanes past the last value."""
    return [*values.tolist(), *[filler] * (lanes - len(values))]


def pairs(synapses: Synapses) -> list[dict[str, int]]:
    """Synapses as a port shows their states."""
    columns = {"plus": synapses.plus, "minus": synapses.minus}
    if synapses.polarity is not None:
        columns["polarity"] = synapses.polarity.astype(int)
    return [dict(zip(columns, values, strict=True))
            for values in zip(*(column.tolist() for column in columns.values()), strict=True)]
