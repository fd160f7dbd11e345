"""The integer tables of a finite-state synapse device."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from pulsetrain.spec import Config

from . import curves, measured
from .smoothing import smoothing
from .variation import Factors, classes


@dataclass(frozen=True, kw_only=True)
class DeviceTables:
    """Conductance and next states of S states in C classes of devices; int32.

    `read[c, s]` (C, S) is the conductance of state s in units of the converter (unsigned); state 0
    reads the same in all classes. `potentiate[c, s]` and `depress[c, s]` (C, S) are the state after
    one pulse; they saturate at the ends. `nearest[c, m]` (C, limit + 1) is the lowest state whose
    conductance is nearest to m.
    """

    read: np.ndarray
    potentiate: np.ndarray
    depress: np.ndarray
    nearest: np.ndarray

    @cached_property
    def programming(self) -> np.ndarray:
        """(C, S) int32: the potentiating pulses that program each state from state 0.

        This is the smallest number that reaches the state or a higher one; for a state that pulses
        cannot reach, the number that leads to the highest reachable state.
        """
        return np.stack([_programming(row) for row in self.potentiate])

    @cached_property
    def programming_conductance(self) -> np.ndarray:
        """(C, S) int64: the sum, over the pulses of `programming`, of the conductances before and
        after each."""
        return np.stack([_programming_conductance(*rows)
                         for rows in zip(self.potentiate, self.read, strict=True)])


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A device's curves in units where Gmin is 0 and Gmax is 1, with S states.

    `rise(factor)` gives the conductances (S,) of all states of a device whose potentiating
    steps are `factor` times the nominal ones; `fall` is one depressing pulse; `offset` is
    Gmin / Gmax. If it is `monotone`, every depressing pulse that lowers the conductance goes at
    least one state down, however small its step is.
    """

    rise: Callable[[float], np.ndarray]
    fall: curves.Step
    offset: float
    monotone: bool = False


@lru_cache(maxsize=32)
def device_tables(config: Config) -> DeviceTables:
    """The tables of `config.device`, one class for each of `config.variation`.

    State s is the conductance after s / substates potentiating pulses from Gmin. So a potentiating
    pulse goes exactly `substates` states up; a depressing pulse goes to the state nearest to the
    curve.
    """
    return _tables(config, classes(config))


def nominal_tables(config: Config) -> DeviceTables:
    """The tables of `config.device` without variation, as one class."""
    return _tables(config, (Factors(),))


def _tables(config: Config, classes_of: tuple[Factors, ...]) -> DeviceTables:
    if config.design.tabulated:
        tables = [_table(config, shape_of(config, factors), factors) for factors in classes_of]
    else:
        tables = [_linear(config)]
    read, potentiate, depress = (np.stack(rows).astype(np.int32)
                                 for rows in zip(*tables, strict=True))
    wanted = np.arange(config.design.conductance_limit + 1)
    nearest = np.stack([_nearest_state(row, wanted) for row in read])
    return DeviceTables(read=read, potentiate=potentiate, depress=depress,
                        nearest=nearest.astype(np.int32))


def nominal(config: Config) -> Shape:
    """The curves of `config.device` without variation, before any rounding."""
    return shape_of(config, Factors())


def shape_of(config: Config, factors: Factors) -> Shape:
    """The curves of `config.device` with the bends of one class; its other factors are applied to
    them later."""
    device = config.device
    pulses = device.levels - 1
    if device.kind == "measured":
        up, down = measured.normalised(device)
        return Shape(
            rise=lambda factor: measured.rise(
                np.clip(up[0] + factor * (up - up[0]), 0, 1), config.design.substates),
            fall=measured.depression_step(down), offset=measured.offset(device),
            monotone=smoothing(device).method == "isotonic")
    bend_up, bend_down = curves.bends(device)
    if factors.bend_up or factors.bend_down:
        bend_up = curves.bend_of(curves.nl_of(bend_up) + factors.bend_up)
        bend_down = curves.bend_of(curves.nl_of(bend_down) - factors.bend_down)
    shares = np.arange(config.design.states) / (config.design.substates * pulses)
    return Shape(rise=lambda factor: np.minimum(curves.rise(bend_up, shares, pulses, factor), 1),
                 fall=curves.depression_step(bend_down, pulses),
                 offset=1 / device.on_off_ratio if device.on_off_ratio else 0.0)


def _linear(config: Config) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    states = np.arange(config.design.states)
    return (states * config.design.conductance_step, np.minimum(states + 1, states[-1]),
            np.maximum(states - 1, 0))


def _table(config: Config, shape: Shape,
           factors: Factors) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(read, potentiate, depress) of one class, each (S,)."""
    conductance = shape.rise(factors.up)
    states = np.arange(config.design.states)
    last = states[-1]
    if config.device.kind != "measured":
        last = np.flatnonzero(conductance >= conductance.max())[0]
    potentiate = np.maximum(states, np.minimum(states + config.design.substates, last))
    fall = factors.down * shape.fall(conductance)
    target = np.clip(conductance + fall, 0, 1)
    depress = _nearest_state(conductance, target)
    if shape.monotone:
        depress = np.where(fall < 0, np.minimum(depress, states - 1), depress)
    depress[0] = 0
    spread = conductance[0] + factors.range * (conductance - conductance[0])
    full = (1 << config.design.conductance_bits) - 1
    read = np.floor(full * (shape.offset + (1 - shape.offset) * spread) + 0.5)
    return np.clip(read, 0, config.design.conductance_limit), potentiate, depress


def _programming(potentiate: np.ndarray) -> np.ndarray:
    """`DeviceTables.programming` of one class, (S,)."""
    pulses = np.zeros(len(potentiate), np.int32)
    state = 0
    while potentiate[state] > state:
        pulses[state + 1:] = pulses[state] + 1
        state = potentiate[state]
    return pulses


def _programming_conductance(potentiate: np.ndarray, read: np.ndarray) -> np.ndarray:
    """`DeviceTables.programming_conductance` of one class, (S,)."""
    sums = np.zeros(len(potentiate), np.int64)
    state = 0
    while potentiate[state] > state:
        after = potentiate[state]
        sums[state + 1:] = sums[state] + read[state] + read[after]
        state = after
    return sums


def _nearest_state(conductance: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """argmin_s |conductance[s] - w| for every w of `wanted`, the lowest s on a tie."""
    values, states = np.unique(conductance, return_index=True)  # the lowest state of each value
    above = np.clip(np.searchsorted(values, wanted), 0, len(values) - 1)
    below = np.maximum(above - 1, 0)
    to_above, to_below = np.abs(values[above] - wanted), np.abs(values[below] - wanted)
    tied = np.minimum(states[above], states[below])
    return np.where(to_above < to_below, states[above], np.where(
        to_below < to_above, states[below], tied))
