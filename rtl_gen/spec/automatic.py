"""Values of keys that are "auto": the range of the weights and the pulse gate of a device, and the
update method that suits it.

The rule is stated and measured in docs/devices.md, section "Weight range and gate". R is the range
of a layer's weights: the real weight of one device at Gmax and the other at Gmin. Its shift
follows: 2^forward_shift readings are a weight of 1.
"""

from dataclasses import dataclass
from math import log2, sqrt, tanh
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
"""R of the first layer is no larger, unless its initial weights are."""

OPEN = sqrt(2)
"""Moves up to this many times too large need no gate: R is rounded to a power of two."""

ROOM = 2
"""R of the first layer is this many times larger if there is a gate: weights have more room then.
"""

CLOSED = 1 / 32
"""What is left of p at the end of the epochs of the configuration."""

SMALL = 2
"""The delta threshold of fine devices: pulses for small errors as well make learning fast."""

LARGE = 12
"""The delta threshold of coarse or noisy devices is X / LARGE: a pulse for a small error does more
harm than good."""

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
    """The automatic values: `forward_shift` of every layer, the gate, and `delta_threshold`."""

    forward_shift: tuple[int, ...]
    gate: Gate
    delta_threshold: int


def automatic_of(config: "Config") -> Automatic:
    """The automatic values of `config`."""
    moves = _moves(config)
    fine = FINE / sqrt(config.network.inputs)
    initial = sqrt(3 / (FIRST * config.network.inputs))  # the largest initial weight
    narrow = _power(max(min(fine / moves, WIDEST), initial))
    if narrow * moves > OPEN * fine:
        first = ROOM * narrow
        gate = Gate(probability=fine / (narrow * moves),
                    decay=CLOSED ** (1 / max(1, config.training.epochs)))
    else:
        first, gate = narrow, Gate()
    ranges = (first, *(1.0 for _ in config.network.shapes[1:]))
    span = span_of(config)
    return Automatic(
        forward_shift=tuple(_shift(span, wanted) for wanted in ranges), gate=gate,
        delta_threshold=_large(config) if gate != Gate() or _is_noisy(config.device) else SMALL)


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


def _large(config: "Config") -> int:
    """The threshold of a device with a gate or with noise."""
    numbers = config.numbers
    return max(0, min(numbers.full // LARGE, numbers.delta_limit - 1))


def _is_noisy(device: Device) -> bool:
    """Whether the noise of a pulse is larger than its mean step."""
    return device.cycle_sigma * (device.levels - 1) > 1


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
