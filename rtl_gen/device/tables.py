"""The integer tables of a finite-state synapse device."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rtl_gen.spec import Config

from . import curves, measured
from .variation import Factors, classes


@dataclass(frozen=True, kw_only=True)
class DeviceTables:
    """Conductance and next states of S states in C classes of devices; int32.

    `read[c, s]` (C, S) is the conductance of state s in units of the converter (unsigned),
    `potentiate[c, s]` and `depress[c, s]` (C, S) the state after one pulse; they saturate at the
    ends. `nearest[c, m]` (C, limit + 1) is the lowest state whose conductance is nearest to m.
    """

    read: np.ndarray
    potentiate: np.ndarray
    depress: np.ndarray
    nearest: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The nominal device in units where Gmin is 0 and Gmax is 1, with S states.

    `rise(factor)` gives the conductances (S,) of all states of a device whose potentiating
    steps are `factor` times the nominal ones; `fall` is one depressing pulse; `offset` is
    Gmin / Gmax.
    """

    rise: Callable[[float], np.ndarray]
    fall: curves.Step
    offset: float


@lru_cache(maxsize=32)
def device_tables(config: Config) -> DeviceTables:
    """The tables of `config.device`, one class for each of `config.variation`.

    State s is the conductance after s / substates potentiating pulses from Gmin, so one pulse is
    exactly `substates` states up; down it is the state nearest to where the curve leads.
    """
    if config.tabulated:
        shape = _shape(config)
        tables = [_table(config, shape, factors) for factors in classes(config)]
    else:
        tables = [_linear(config)]
    read, potentiate, depress = (np.stack(rows).astype(np.int32)
                                 for rows in zip(*tables, strict=True))
    nearest = np.stack([_nearest(row, config.conductance_limit) for row in read])
    return DeviceTables(read=read, potentiate=potentiate, depress=depress, nearest=nearest)


def _linear(config: Config) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    states = np.arange(config.states)
    return (states * config.conductance_step, np.minimum(states + 1, states[-1]),
            np.maximum(states - 1, 0))


def _shape(config: Config) -> Shape:
    device = config.device
    pulses = device.levels - 1
    if device.kind == "measured":
        up, down = measured.normalised(device)
        return Shape(rise=lambda factor: np.clip(up[0] + factor * (up - up[0]), 0, 1),
                     fall=measured.depression_step(down), offset=min(device.ltp) / max(device.ltp))
    bend_up = bend_down = 0.0
    if device.kind == "exponential":
        bend_up = curves.bend(device.potentiation, device.levels, depression=False)
        bend_down = bend_up if device.depression is None else curves.bend(
            device.depression, device.levels, depression=True)
    places = np.arange(config.states) / (config.substates * pulses)
    return Shape(rise=lambda factor: np.minimum(curves.rise(bend_up, places, pulses, factor), 1),
                 fall=curves.depression_step(bend_down, pulses),
                 offset=1 / device.on_off_ratio if device.on_off_ratio else 0.0)


def _table(config: Config, shape: Shape,
           factors: Factors) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(read, potentiate, depress) of one class, each (S,)."""
    conductance = shape.rise(factors.up)
    states = np.arange(config.states)
    last = states[-1]
    if config.device.kind != "measured":
        last = np.flatnonzero(conductance >= conductance.max())[0]
    potentiate = np.maximum(states, np.minimum(states + config.substates, last))
    target = np.clip(conductance + factors.down * shape.fall(conductance), 0, 1)
    depress = np.array([np.argmin(np.abs(conductance - value)) for value in target])
    depress[0] = 0
    full = (1 << config.conductance_bits) - 1
    exact = full * (shape.offset + (1 - shape.offset) * factors.range * conductance)
    return np.minimum(np.floor(exact + 0.5), config.conductance_limit), potentiate, depress


def _nearest(read: np.ndarray, limit: int) -> np.ndarray:
    """argmin_k |read[k] - m| for m = 0..limit, the lowest k on a tie."""
    values, states = np.unique(read, return_index=True)  # the lowest state of each value
    wanted = np.arange(limit + 1)
    above = np.clip(np.searchsorted(values, wanted), 0, len(values) - 1)
    below = np.maximum(above - 1, 0)
    to_above, to_below = np.abs(values[above] - wanted), np.abs(values[below] - wanted)
    tied = np.minimum(states[above], states[below])
    return np.where(to_above < to_below, states[above], np.where(
        to_below < to_above, states[below], tied)).astype(np.int32)
