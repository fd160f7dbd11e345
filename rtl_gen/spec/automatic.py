"""Values of keys that are "auto": the range of the weights, the pulse gate and the delta threshold
for a device, and the update method that suits it.

The rule is stated and measured in docs/how-to/devices.md, section "Weight range and gate". R is the
range of a layer's weights: the real weight of one device at Gmax and the other at Gmin. Its shift
follows: 2^forward_shift readings are a weight of 1.
"""

from dataclasses import dataclass
from math import hypot, log2, sqrt, tanh
from typing import TYPE_CHECKING

import numpy as np

from .bends import bends
from .device import Device
from .update import Method

if TYPE_CHECKING:
    from .config import Config

FINE = 2.0**-9 * sqrt(784)
"""The real weight that a pulse should move in the first layer, times the root of its inputs: larger
moves disturb its sums too much. On MNIST it is 1/512."""

WIDEST = 0.5
"""R of the first layer is no larger for a straight curve."""

NARROWEST = 0.55
"""R of the first layer is at least this many times the largest initial weight."""

ROOM = 4
"""R of a bent device is up to this many times larger: where its steps are small, little is left of
the range."""

OPEN = sqrt(2)
"""Moves up to this many times too large need no gate: R is rounded to a power of two."""

COARSE = 2
"""With the gate, a row may move a weight by this many times the fine move on average, because the
gate closes."""

CLOSED = 1 / 8
"""What is left of p at the end of the epochs of the training; its root for a noisy device."""

MEMORY = 48
"""With the gate, chance alone needs at least this many rows that should pulse to carry a weight
through its range: a device of few levels otherwise forgets what it has just learned."""

NOISE = 0.5
"""How much the noise of a pulse counts beside its step for the gate."""

SMALL = 2
"""The delta threshold of fine devices: pulses for small errors as well make learning fast."""

LARGE = 12
"""The delta threshold of coarse or noisy devices is X / LARGE: a pulse for a small error does more
harm than good."""

NOISY = 2
"""The noise of a pulse, in steps, from which on a device has the large thresholds."""

GROWING = 2
"""A device whose last quarter of potentiating pulses moves it this many times as far as the first
has steps that grow."""

_PARTS = 4
"""Parts of a measured curve whose mean steps count, because single steps hold the noise of reading.
"""

STRAIGHT = 1e-3
"""A bend u up to this counts as straight."""

FIRST = 0.2
"""Share of the inputs that are usually not 0; initial weights of the first layer depend on it."""


@dataclass(frozen=True, kw_only=True)
class Gate:
    """The pulse gate: p in the first epoch, times r for every epoch after it."""

    probability: float = 1.0
    decay: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Automatic:
    """The automatic values: `forward_shift` of every layer, the gate, and the thresholds of all
    layers."""

    forward_shift: tuple[int, ...]
    gate: Gate
    row_threshold: int
    delta_threshold: int


def automatic_of(config: "Config") -> Automatic:
    """The automatic values of `config`."""
    device, moves = config.device, _moves(config)
    fine = FINE / sqrt(config.network.inputs)
    initial = sqrt(3 / (FIRST * config.network.inputs))  # the largest initial weight
    straight = max(min(fine / moves, WIDEST), NARROWEST * initial)
    first = min(1.0, _power(straight * min(ROOM, _unevenness(config) ** 1.5)))
    too_large = first * moves / (OPEN * fine)
    noise = min(1.0, device.cycle_sigma * (device.levels - 1) / NOISY)
    gate = Gate()
    if too_large > 1:
        noisy_moves = hypot(moves, NOISE * device.cycle_sigma)
        closed = CLOSED ** (1 - noise / 2)
        rare = min(COARSE * fine / (first * noisy_moves), 1 / (MEMORY * noisy_moves**2))
        gate = Gate(probability=min(1.0, rare),
                    decay=closed ** (1 / max(1, config.training.epochs)))
    ranges = (first, *(1.0 for _ in config.network.shapes[1:]))
    full = config.numbers.full
    return Automatic(
        forward_shift=tuple(_shift(span_of(config), wanted) for wanted in ranges), gate=gate,
        row_threshold=full // 2 + round(noise * full / 4),
        delta_threshold=_threshold(config, max(too_large - 1, noise)))


def method_of(config: "Config") -> Method:
    """The automatic update method of `config`; keys that only a unidirectional update has decide
    for it."""
    update = config.update
    refreshes = update.refresh_swaps or update.refresh_sigma or update.refresh_state is not None
    return "bidirectional" if grows(config.device) and not refreshes else "unidirectional"


def grows(device: Device) -> bool:
    """Whether the potentiating steps grow from pulse to pulse: a difference of two such devices
    grows by itself, and unidirectional updates cannot hold it."""
    steps = _steps(device, depressing=False)
    return bool(steps[-1] > GROWING * max(0.0, steps[0]))


def _threshold(config: "Config", share: float) -> int:
    """The delta threshold of a device that is coarse or noisy to the `share`, up to 1."""
    numbers = config.numbers
    large = max(0, min(numbers.full // LARGE, numbers.delta_limit - 1))
    return round(SMALL + (large - SMALL) * min(1.0, max(0.0, share)))


def span_of(config: "Config") -> int:
    """The difference of the readings of Gmax and Gmin of the nominal device."""
    design, device = config.design, config.device
    if not design.tabulated:
        return design.conductance_limit
    full = (1 << design.conductance_bits) - 1
    if device.ltp:
        return round(full * (1 - min(device.ltp) / max(device.ltp)))
    return round(full * (1 - 1 / device.on_off_ratio)) if device.on_off_ratio else full


def _moves(config: "Config") -> float:
    """How far a pulse moves a weight, as a share of R; both devices of a pair count, if both move.
    """
    device, method = config.device, config.design.method
    up, down = _step(device, depressing=False), _step(device, depressing=True)
    if method == "unidirectional":
        return up
    return (up + down) / (1 if method == "bidirectional" else 2)


def _step(device: Device, *, depressing: bool) -> float:
    """The mean step of a curve, as a share of Gmax - Gmin, each step weighted by itself: the large
    steps of a bent curve move most of the weight."""
    if points := _points(device, depressing=depressing):
        squares = _steps(device, depressing=depressing) ** 2
        return max(1.0, float(np.mean(squares))) / (len(points) - 1)
    u = abs(bends(device)[depressing])
    bent = u / 2 / tanh(u / 2) if u > STRAIGHT else 1.0
    return bent / (device.levels - 1)


def _unevenness(config: "Config") -> float:
    """How many times as large as the mean step the steps of the steepest quarter of a curve are;
    the mean of both curves, if both are used."""
    directions = (False,) if config.design.method == "unidirectional" else (False, True)
    return max(1.0, float(np.mean([_steps(config.device, depressing=depressing).max()
                                   for depressing in directions])))


def _steps(device: Device, *, depressing: bool) -> np.ndarray:
    """The mean steps of the quarters of a curve, in the order of pulses, where 1 is a quarter of
    Gmax - Gmin."""
    edges = np.linspace(0, 1, _PARTS + 1)
    if points := _points(device, depressing=depressing):
        curve = np.interp(edges, np.linspace(0, 1, len(points)), points)
        sign = -1 if points is device.ltd else 1
        return sign * _PARTS * np.diff(curve) / (max(points) - min(points) or 1.0)
    u = bends(device)[depressing]
    return _PARTS * np.diff(np.expm1(-u * edges) / np.expm1(-u) if abs(u) > STRAIGHT else edges)


def _points(device: Device, *, depressing: bool) -> tuple[float, ...] | None:
    """The measured points of a curve, if there are any; without depression, those of potentiation.
    """
    return device.ltd if depressing and device.ltd else device.ltp


def _power(value: float) -> float:
    """The nearest power of two."""
    return 2.0 ** round(log2(value))


def _shift(span: int, wanted: float) -> int:
    """The shift with which `span` readings are nearest to a weight of `wanted`."""
    return max(0, min(31, round(log2(max(span, 1) / wanted))))
