"""Devices: which tables a device uses, whether it is stuck, and what a pulse does to it."""

from dataclasses import dataclass

import numpy as np

from pulsetrain.device import DeviceTables
from pulsetrain.spec import Config, Layer
from pulsetrain.spec.variation import STUCK_BITS

from .generator import device_word, mix, row_word

CLASS_BITS = 12
"""Bits of a draw that choose the class."""

MOVES, STUCK_LOW, STUCK_HIGH = 0, 1, 2

Index = np.ndarray | tuple[np.ndarray, ...]
"""Selects elements of an array: a mask, or the indices along each axis."""


@dataclass(frozen=True, kw_only=True)
class Devices:
    """Some devices: the class of tables of each, and whether it is stuck (MOVES, STUCK_LOW or
    STUCK_HIGH).

    Both are arrays of the shape of the states that the methods take, or 0 if all devices are
    alike. A stuck device stays in state 0 and reads as its lowest or its highest state.
    """

    tables: DeviceTables
    device_class: np.ndarray | int
    stuck: np.ndarray | int

    def conductance(self, state: np.ndarray) -> np.ndarray:
        """read[s] of every device."""
        last = self.tables.read.shape[1] - 1
        shown = state if self._all_move else np.where(self.stuck == STUCK_HIGH, last, state)
        return self._look_up(self.tables.read, shown)

    def potentiated(self, state: np.ndarray, steps: np.ndarray | None,
                    shift: np.ndarray | None = None) -> np.ndarray:
        """The states after one potentiating pulse each; `steps` and `shift` as in `_moved`."""
        return self._moved(self.tables.potentiate, state, steps, shift)

    def depressed(self, state: np.ndarray, steps: np.ndarray | None,
                  shift: np.ndarray | None = None) -> np.ndarray:
        """The states after one depressing pulse each; `steps` and `shift` as in `_moved`."""
        return self._moved(self.tables.depress, state, steps, shift)

    def full(self, state: np.ndarray, refresh_state: int) -> np.ndarray:
        """Whether a device is full: at `refresh_state` or above, or unmoved by a pulse.

        A stuck device is never full: erasing its pair would gain nothing.
        """
        full = self._look_up(full_states(self.tables, refresh_state), state)
        return full if self._all_move else full & (self.stuck == MOVES)

    def nearest(self, conductance: np.ndarray) -> np.ndarray:
        """The lowest state nearest to `conductance`; 0 where a device is stuck."""
        table = self.tables.nearest
        return self.movable(self._look_up(table, np.clip(conductance, 0, table.shape[1] - 1)))

    def displaced(self, state: np.ndarray, shift: np.ndarray) -> np.ndarray:
        """`state` + `shift`, limited to 0 and the last state."""
        return np.clip(state + shift, 0, self.tables.read.shape[1] - 1)

    def programming(self, state: np.ndarray) -> np.ndarray:
        """The potentiating pulses that program every device from state 0."""
        return self._look_up(self.tables.programming, state)

    def programming_conductance(self, state: np.ndarray) -> np.ndarray:
        """The sum of the conductances before and after each of these pulses."""
        return self._look_up(self.tables.programming_conductance, state)

    def movable(self, state: np.ndarray) -> np.ndarray:
        """`state`, but 0 where a device is stuck."""
        return state if self._all_move else np.where(self.stuck == MOVES, state, 0)

    def where(self, swapped: np.ndarray, other: "Devices") -> "Devices":
        """The devices of `other` where `swapped`, elsewhere these."""
        return Devices(
            tables=self.tables, stuck=np.where(swapped, other.stuck, self.stuck),
            device_class=np.where(swapped, other.device_class, self.device_class))

    def at(self, index: Index) -> "Devices":
        """The devices that an index into their arrays selects."""
        device_class, stuck = (value if isinstance(value, int) else value[index]
                               for value in (self.device_class, self.stuck))
        return Devices(tables=self.tables, device_class=device_class, stuck=stuck)

    @property
    def _all_move(self) -> bool:
        return isinstance(self.stuck, int)

    def _moved(self, table: np.ndarray, state: np.ndarray, steps: np.ndarray | None,
               shift: np.ndarray | None) -> np.ndarray:
        """The new states. `steps`: 0, 1 or 2 moves of each device; None: 1 of each. `shift`: the
        displacement in states that is added; None: none."""
        once = self._look_up(table, state)
        moved = once
        if steps is not None:
            moved = np.where(steps == 0, state, np.where(
                steps == 1, once, self._look_up(table, once)))
        if shift is not None:
            moved = self.displaced(moved, shift)
        return moved if self._all_move else np.where(self.stuck == MOVES, moved, state)

    def _look_up(self, table: np.ndarray, column: np.ndarray) -> np.ndarray:
        """`table[device_class, column]` of every device."""
        return np.take(table.reshape(-1), self.device_class * table.shape[1] + column)


def full_states(tables: DeviceTables, refresh_state: int) -> np.ndarray:
    """Whether a device in each state is full, (C, S) bool: at `refresh_state` or above, or
    unmoved by a potentiating pulse."""
    states = np.arange(tables.read.shape[1])
    return (states >= refresh_state) | (tables.potentiate == states)


def layer_devices(config: Config, tables: DeviceTables, layer: Layer,
                  device: int) -> Devices:
    """The physical device `device` (0 or 1) of every pair of `layer`, as arrays (N + 1, M).

    The draw of a device is a hash of its coordinates and the variation's seed
    (docs/reference/contract.md, section 13). Its class is the upper part of the lowest `CLASS_BITS`
    bits; the upper `STUCK_BITS` bits say whether it is stuck.
    """
    variation = config.variation
    device_class: np.ndarray | int = 0
    stuck: np.ndarray | int = 0
    if variation.spreads or variation.sticks:
        rows, columns = np.arange(layer.rows)[:, np.newaxis], np.arange(layer.outputs)
        draw = mix(row_word(layer.number, rows) ^ device_word(columns, device)
                   ^ (variation.seed or config.seed))
        if variation.spreads:
            bits = variation.classes.bit_length() - 1
            device_class = (draw & ((1 << CLASS_BITS) - 1)) >> (CLASS_BITS - bits)
        if variation.sticks:
            low, high = variation.stuck_thresholds
            share = draw >> (32 - STUCK_BITS)
            stuck = np.where(share < low, STUCK_LOW, np.where(share < high, STUCK_HIGH, MOVES))
    return Devices(tables=tables, device_class=device_class, stuck=stuck)


def noise_steps(word: int, noise: int, row_words: np.ndarray,
                device_words: np.ndarray) -> np.ndarray:
    """Moves (0, 1 or 2) of a pulse on each device, from 8 bits v of its draw: none where
    v < noise, two where v >= 256 - noise, otherwise one. Shape: rows x columns."""
    v = mix(row_words[:, np.newaxis] ^ device_words ^ word) & 0xFF
    return np.where(v < noise, 0, np.where(v >= 256 - noise, 2, 1))
