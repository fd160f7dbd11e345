"""Synapse memory: pairs of device states, the weights they express, and their initial values."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from pulsetrain.device import device_tables
from pulsetrain.spec import Config, Layer
from pulsetrain.spec.automatic import FIRST

from .device import Devices, Index, layer_devices, noise_steps
from .generator import PROGRAMMING_MARK, byte_sum, device_word, mix, row_word

COUNTERS = ("samples", "errors", "pulses", "refreshes")
"""What hardware and models count, in training samples only: samples, samples classified wrongly,
synapses pulsed (each of them two device pulses if the method is bidirectional), pairs refreshed."""

DEVICE_PULSES = ("ltp_pulses", "ltd_pulses", "erase_pulses", "reprogram_pulses")
"""What only the models count: pulses applied to single devices, whether or not these move.

Potentiating and depressing pulses of updates; erasing pulses of refreshes, two for each pair,
because both devices are erased whatever their states (docs/reference/contract.md, section 9);
and the potentiating pulses that then program one of them again from state 0
(`DeviceTables.programming`).
"""

ENERGY_COUNTS = (
    "forward_reads", "backward_reads",
    "ltp_conductance", "ltd_conductance", "erase_conductance", "reprogram_conductance",
    "forward_ticks", "backward_ticks",
    "ltp_slots", "ltd_slots", "erase_slots", "reprogram_slots")
"""What the models count if the configuration has a section [device.energy]; `golden.energy` says
how. Reads: sums of read value x ticks. Conductance: sums of the read values before and after every
device pulse. Ticks and slots: time, in ticks of a read and in pulses that follow each other."""


@dataclass(kw_only=True)
class State:
    """Everything that a run continues from, except its position in the data.

    `plus[l]` and `minus[l]` (l from 0) have shape (N_l + 1, M_l), the bias line last, int32.
    `polarity[l]`, bool of the same shape: physical device 1 of the pair has the role of plus; the
    list is empty if refreshes do not swap. `generator` is the xorshift32 word; `counters` are those
    of `COUNTERS`, modulo 2^32. `device_pulses` are those of `DEVICE_PULSES`, exact; None if they
    are not known, as in a state that was learned by hardware. `energy` are those of
    `ENERGY_COUNTS`, exact; None if they are not counted or not known. `wear[l]`, int64 of shape
    (2, N_l + 1, M_l), counts the pulses on each physical device, of every kind; None if they are
    not counted.
    """

    plus: list[np.ndarray]
    minus: list[np.ndarray]
    generator: int
    polarity: list[np.ndarray] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTERS, 0))
    device_pulses: dict[str, int] | None = None
    energy: dict[str, int] | None = None
    wear: list[np.ndarray] | None = None

    def copy(self) -> "State":
        """A state that shares no array with this one."""
        return State(plus=[array.copy() for array in self.plus],
                     minus=[array.copy() for array in self.minus],
                     polarity=[array.copy() for array in self.polarity],
                     generator=self.generator, counters=dict(self.counters),
                     device_pulses=self.device_pulses and dict(self.device_pulses),
                     energy=self.energy and dict(self.energy),
                     wear=self.wear and [array.copy() for array in self.wear])


@dataclass(frozen=True, kw_only=True)
class Steps:
    """What is random in a pulse and a refresh of some synapses; all arrays have their shape.

    `plus`, `minus`: how many steps (0, 1, 2) a pulse moves the plus and the minus devices; None:
    one step each. `plus_shift`, `minus_shift`: by how many states they are displaced in addition;
    `error`: by how many states the device is displaced that a refresh programs; None: not at all.
    """

    plus: np.ndarray | None = None
    minus: np.ndarray | None = None
    plus_shift: np.ndarray | None = None
    minus_shift: np.ndarray | None = None
    error: np.ndarray | None = None


@dataclass(frozen=True, kw_only=True)
class Synapses:
    """Some synapses: states, polarity (None if refreshes do not swap), and their devices.

    All arrays have one shape. Plus and minus are roles; `first` and `second` are the physical
    devices 0 and 1 of the pairs.
    """

    plus: np.ndarray
    minus: np.ndarray
    polarity: np.ndarray | None
    first: Devices
    second: Devices

    @property
    def plus_devices(self) -> Devices:
        """The physical devices in the role of plus."""
        return self.first if self.polarity is None else self.first.where(
            self.polarity, self.second)

    @property
    def minus_devices(self) -> Devices:
        """The physical devices in the role of minus."""
        return self.second if self.polarity is None else self.second.where(
            self.polarity, self.first)

    def weight(self) -> np.ndarray:
        """W = read[s+] - read[s-]."""
        return (self.plus_devices.conductance(self.plus)
                - self.minus_devices.conductance(self.minus))

    def total(self) -> np.ndarray:
        """read[s+] + read[s-]: what a pair conducts."""
        return (self.plus_devices.conductance(self.plus)
                + self.minus_devices.conductance(self.minus))

    def at(self, index: Index) -> "Synapses":
        """The synapses that an index into the arrays selects; copies if it lists them."""
        return Synapses(
            plus=self.plus[index], minus=self.minus[index],
            polarity=None if self.polarity is None else self.polarity[index],
            first=self.first.at(index), second=self.second.at(index))

    def moved(self, plus: np.ndarray, minus: np.ndarray) -> "Synapses":
        """The same synapses in other states."""
        return replace(self, plus=plus, minus=minus)

    def copy(self) -> "Synapses":
        """The same synapses, sharing no state with these."""
        return replace(self, plus=self.plus.copy(), minus=self.minus.copy(),
                       polarity=None if self.polarity is None else self.polarity.copy())


class LayerSynapses:
    """The synapses of one layer of a `State`, which is changed in place."""

    def __init__(self, config: Config, layer: Layer, state: State) -> None:
        index = layer.number - 1
        tables = device_tables(config)
        first, second = (layer_devices(config, tables, layer, device) for device in range(2))
        self.all = Synapses(
            plus=state.plus[index], minus=state.minus[index],
            polarity=state.polarity[index] if state.polarity else None,
            first=first, second=second)
        self._noise = config.device.cycle_noise
        self._cycle_scale = config.design.cycle_scale
        self._refresh_scale = config.design.refresh_scale
        self._row_words = row_word(layer.number, np.arange(layer.rows))
        self._device_words = [device_word(np.arange(layer.outputs), device)
                              for device in range(2)]

    def store(self, index: Index, synapses: Synapses) -> None:
        """Store the states of `synapses` at `index`, an index into arrays (N + 1, M)."""
        self.all.plus[index], self.all.minus[index] = synapses.plus, synapses.minus
        if self.all.polarity is not None and synapses.polarity is not None:
            self.all.polarity[index] = synapses.polarity

    def steps(self, word: int, rows: np.ndarray, columns: np.ndarray,
              polarity: np.ndarray | None) -> Steps:
        """The draws of the devices of `rows` x `columns` with this generator word."""
        lines = self._row_words[rows]
        devices = [words[columns] for words in self._device_words]

        def by_role(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            if polarity is None:
                return first, second
            return np.where(polarity, second, first), np.where(polarity, first, second)

        steps = Steps()
        if self._noise:
            plus, minus = by_role(*(noise_steps(word, self._noise, lines, words)
                                    for words in devices))
            steps = replace(steps, plus=plus, minus=minus)
        if self._cycle_scale:
            plus, minus = by_role(*(self._cycle_scale.displacement(byte_sum(
                mix(lines[:, np.newaxis] ^ words ^ word))) for words in devices))
            steps = replace(steps, plus_shift=plus, minus_shift=minus)
        if self._refresh_scale:
            steps = replace(steps, error=self._refresh_scale.displacement(byte_sum(
                mix(lines[:, np.newaxis] ^ devices[0] ^ word ^ PROGRAMMING_MARK))))
        return steps


def initial_state(config: Config) -> State:
    """The states before the first sample (docs/reference/contract.md, section 14).

    Every device is programmed by its own tables.
    """
    random = np.random.default_rng(config.seed)
    pairs = []
    for layer in config.design.layers:
        deviation = 1 / np.sqrt((FIRST if layer.number == 1 else 1.0) * layer.inputs)
        drawn = random.uniform(-np.sqrt(3) * deviation, np.sqrt(3) * deviation,
                               (layer.inputs, layer.outputs))
        weight = np.zeros((layer.rows, layer.outputs), np.int64)
        weight[:-1] = np.floor(drawn * 2**layer.forward_shift + 0.5)
        pairs.append(programmed(config, layer, weight))
    return state_of(config, pairs)


def state_of(config: Config, pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> State:
    """The state before the first sample with the states `pairs`, (plus, minus) of each layer."""
    plus, minus = ([pair[role].astype(np.int32) for pair in pairs] for role in range(2))
    polarity = [np.zeros(array.shape, bool) for array in plus] if (
        config.update.refresh_swaps) else []
    return State(plus=plus, minus=minus, polarity=polarity, generator=config.seed,
                 device_pulses=dict.fromkeys(DEVICE_PULSES, 0),
                 energy=dict.fromkeys(ENERGY_COUNTS, 0) if config.device.energy else None)


def programmed(config: Config, layer: Layer,
               weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The states (plus, minus) that express `weight`, integers (N + 1, M), as well as they can.

    The weights are clamped to the largest conductance. Every device is programmed by its own
    tables (docs/reference/contract.md, section 14); none has changed its role.
    """
    tables, limit = device_tables(config), config.design.weight_limit
    weight = np.clip(weight, -limit, limit)
    first, second = (layer_devices(config, tables, layer, device) for device in range(2))
    lowest = np.zeros_like(weight)
    half_way = np.full_like(weight, (config.design.states - 1) // 2)
    if config.design.method == "unidirectional":
        return (first.nearest(first.conductance(lowest) + np.maximum(weight, 0)),
                second.nearest(second.conductance(lowest) + np.maximum(-weight, 0)))
    if config.design.method == "bidirectional":
        half = weight // 2
        return (first.nearest(first.conductance(half_way) + weight - half),
                second.nearest(second.conductance(half_way) - half))
    return first.nearest(first.conductance(half_way) + weight), second.movable(half_way)


def no_wear(config: Config) -> list[np.ndarray]:
    """The `wear` of a state before its first pulse."""
    return [np.zeros((2, layer.rows, layer.outputs), np.int64) for layer in config.design.layers]
