"""Synapse memory: pairs of device states, the weights they express, and their first values."""

from dataclasses import dataclass, field

import numpy as np

from rtl_gen.device import DeviceTables, device_tables
from rtl_gen.spec import Config

COUNTERS = ("samples", "errors", "pulses", "refreshes")


@dataclass(kw_only=True)
class State:
    """Everything a run continues from, apart from its place in the data.

    `plus[l]` and `minus[l]` (l from 0) have shape (N_l + 1, M_l), the bias line last, int32.
    `generator` is the xorshift32 word; `counters` are modulo 2^32.
    """

    plus: list[np.ndarray]
    minus: list[np.ndarray]
    generator: int
    counters: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTERS, 0))

    def copy(self) -> "State":
        """A state that shares no array with this one."""
        return State(plus=[array.copy() for array in self.plus],
                     minus=[array.copy() for array in self.minus],
                     generator=self.generator, counters=dict(self.counters))


def nearest_states(tables: DeviceTables, conductance: np.ndarray) -> np.ndarray:
    """argmin_s |read[s] - conductance|, the lowest state on a tie; same shape as `conductance`."""
    distance = np.abs(tables.read.astype(np.int64) - np.asarray(conductance)[..., np.newaxis])
    return np.argmin(distance, axis=-1).astype(np.int32)


def initial_state(config: Config) -> State:
    """The states before the first sample (SPEC section 2, "Initial states")."""
    tables = device_tables(config)
    levels = config.device.levels
    middle = (levels - 1) // 2
    random = np.random.default_rng(config.seed)
    plus, minus = [], []
    for layer in config.layers:
        deviation = 1 / np.sqrt((0.2 if layer.number == 1 else 1.0) * layer.inputs)
        drawn = random.uniform(-np.sqrt(3) * deviation, np.sqrt(3) * deviation,
                               (layer.inputs, layer.outputs))
        weight = np.zeros((layer.rows, layer.outputs), np.int64)
        weight[:-1] = np.floor(drawn * 2**layer.forward_shift + 0.5)
        limit = config.weight_limit
        weight = np.clip(weight, -limit, limit)
        if config.update.method == "unidirectional":
            pair = (nearest_states(tables, tables.read[0] + np.maximum(weight, 0)),
                    nearest_states(tables, tables.read[0] + np.maximum(-weight, 0)))
        elif config.update.method == "bidirectional":
            half = weight // 2
            pair = (nearest_states(tables, tables.read[middle] + weight - half),
                    nearest_states(tables, tables.read[middle] - half))
        else:
            pair = (nearest_states(tables, tables.read[middle] + weight),
                    np.full(weight.shape, middle, np.int32))
        plus.append(pair[0])
        minus.append(pair[1])
    return State(plus=plus, minus=minus, generator=config.seed)


def weights(tables: DeviceTables, plus: np.ndarray, minus: np.ndarray) -> np.ndarray:
    """The weights w = read[s+] - read[s-], the shape of the states."""
    return tables.read[plus] - tables.read[minus]
