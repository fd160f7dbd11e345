"""The compiled engine: the golden model's state in the arrays that the kernels work on."""

from dataclasses import dataclass

import numpy as np

from pulsetrain.device import device_tables
from pulsetrain.golden import Results, State, Trace, initial_state
from pulsetrain.golden.device import layer_devices
from pulsetrain.golden.generator import device_word, row_word
from pulsetrain.golden.synapse import COUNTERS, DEVICE_PULSES, ENERGY_COUNTS
from pulsetrain.golden.trace import observed_values
from pulsetrain.spec import Config
from pulsetrain.spec.noise import Scale

from . import kernels
from .kernels import FIRST, KIND_BITS, LAYER, MINUS, PLUS, POLARITY, RULE, SECOND, WEIGHT

_METHODS = ("unidirectional", "bidirectional", "single")
_MODULUS = 1 << 32


class CompiledEngine:
    """The twin of `golden.GoldenEngine`, equal in every bit; a `Backend` of the run loop.

    Its kernels are compiled when it is made. It does not count cycles.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.gate = 256
        self.observe = False
        self._layers, self._rule, self._tables = _layers(config), _rule(config), _tables(config)
        self._memory = _memory(config)
        self._row_words, self._device_words = _words(config)
        self._scratch = _Scratch.of(config)
        self._trained = False
        self.load(initial_state(config))
        nothing = np.zeros((0, config.network.inputs), np.uint8), np.zeros(0, np.int64)
        self.train(*nothing)
        self.infer(*nothing)

    def load(self, state: State) -> None:
        """Continue from `state` (copied).

        Raises:
            ValueError: it holds a state that no device has.
        """
        last = self.config.design.states - 1
        for plane, name in ((PLUS, "plus"), (MINUS, "minus")):
            states = _flat(getattr(state, name))
            if states.min() < 0 or states.max() > last:
                raise ValueError(f"{name} must hold states in 0..{last}, not {states.min()}.."
                                 f"{states.max()}")
            self._memory[plane] = states
        if self.config.update.refresh_swaps:
            self._memory[POLARITY] = _flat(state.polarity)
        self._generator, self._counters = int(state.generator), dict(state.counters)
        self._device_pulses = state.device_pulses and dict(state.device_pulses)
        kernels.load_weights(self._rule, self._tables, self._memory)
        self._energy = dict(state.energy) if self.config.device.energy and state.energy else None
        self._wear = state.wear and np.concatenate(
            [layer.reshape(2, -1) for layer in state.wear], axis=1)
        self._ledger = None
        if self._energy or self._wear is not None:
            self._ledger = _ledger(self.config)
            kernels.load_totals(self._layers, self._rule, self._tables, self._memory,
                                *self._ledger[1:])

    def read(self) -> State:
        """A copy of the current state."""
        swaps = self.config.update.refresh_swaps
        return State(plus=self._parts(PLUS, np.int32), minus=self._parts(MINUS, np.int32),
                     polarity=self._parts(POLARITY, bool) if swaps else [],
                     generator=self._generator, counters=self.counters(),
                     device_pulses=self.device_pulses(), energy=self.energy(),
                     wear=self._wear_parts())

    def counters(self) -> dict[str, int]:
        """The counters of the current state."""
        return dict(self._counters)

    def device_pulses(self) -> dict[str, int] | None:
        """The device pulses of the current state; None if the loaded state did not have them."""
        return self._device_pulses and dict(self._device_pulses)

    def energy(self) -> dict[str, int] | None:
        """The energy counts of the current state; None if they are not counted or not known."""
        return self._energy and dict(self._energy)

    def train(self, x: np.ndarray, labels: np.ndarray) -> Results:
        """Learn from `x` (n, N) uint8 with `labels` (n,), one sample after the other.

        Raises:
            ValueError: `x` or `labels` do not fit the network.
        """
        self._check(x, labels)
        scratch = self._scratch
        classes = np.zeros(len(x), np.int64)
        names = *COUNTERS, *DEVICE_PULSES, *ENERGY_COUNTS
        counts = np.zeros(len(names), np.int64)
        self._generator = kernels.train(
            _constant(x), _constant(labels), self.gate, self._generator, self._layers, self._rule,
            self._tables, self._memory, self._row_words, self._device_words, scratch.x, scratch.z,
            scratch.delta, scratch.indices, classes, counts, self._ledger, self._wear)
        for name, count in zip(names, counts.tolist(), strict=True):
            if name in self._counters:
                self._counters[name] = (self._counters[name] + count) % _MODULUS
            for known in (self._device_pulses, self._energy):
                if known and name in known:
                    known[name] += count
        self._trained |= len(x) > 0
        return _results(classes, labels)

    def infer(self, x: np.ndarray, labels: np.ndarray) -> Results:
        """Classify `x` (n, N) uint8; no state changes.

        Raises:
            ValueError: `x` or `labels` do not fit the network.
        """
        self._check(x, labels)
        scratch = _Scratch.of(self.config)
        classes = np.zeros(len(x), np.int64)
        kernels.infer(_constant(x), self._layers, self._rule, self._memory, scratch.x, scratch.z,
                      scratch.indices, classes)
        return _results(classes, labels)

    def close(self) -> None:
        """Nothing to release; part of the `Backend` contract."""

    @property
    def observed(self) -> dict[tuple[str, int, int], int]:
        """What the last trained sample computed (see `observed_values`); empty before the first."""
        if not self._trained:
            return {}
        layers, scratch = self.config.design.layers, self._scratch
        x = np.split(scratch.x, np.cumsum([layer.inputs for layer in layers]))[:-1]
        units = np.cumsum([layer.outputs for layer in layers])[:-1]
        return observed_values(Trace(x=x, z=np.split(scratch.z, units),
                                     delta=np.split(scratch.delta, units), trained=True))

    def _check(self, x: np.ndarray, labels: np.ndarray) -> None:
        inputs, outputs = self.config.network.inputs, self.config.network.outputs
        if x.dtype != np.uint8 or x.ndim != 2 or x.shape[1] != inputs:
            raise ValueError(f"x must be uint8 of shape (n, {inputs}), not {x.dtype} of shape "
                             f"{x.shape}")
        if labels.dtype != np.int64 or labels.shape != x.shape[:1]:
            raise ValueError(f"labels must be int64 of shape {x.shape[:1]}, not {labels.dtype} of "
                             f"shape {labels.shape}")
        if len(labels) and not 0 <= labels.min() <= labels.max() < outputs:
            raise ValueError(f"labels must be in 0..{outputs - 1}, not {labels.min()}.."
                             f"{labels.max()}")

    def _parts(self, plane: int, dtype: type) -> list[np.ndarray]:
        """Copies of every layer's part of a plane of the memory, each (N + 1, M)."""
        return [part.astype(dtype) for part in _by_layer(self.config, self._memory[plane])]

    def _wear_parts(self) -> list[np.ndarray] | None:
        """Copies of the pulses on the devices of every layer, each (2, N + 1, M); None if they are
        not counted."""
        if self._wear is None:
            return None
        first, second = (_by_layer(self.config, device) for device in self._wear)
        return [np.stack(pair) for pair in zip(first, second, strict=True)]


@dataclass(frozen=True, kw_only=True)
class _Scratch:
    """What one sample computes: `x`, inputs of all layers and then the network's outputs; `z` and
    `delta`, outputs of all layers; `indices`, for lists of a layer's lines or units."""

    x: np.ndarray
    z: np.ndarray
    delta: np.ndarray
    indices: np.ndarray

    @classmethod
    def of(cls, config: Config) -> "_Scratch":
        layers, outputs = config.design.layers, config.network.outputs
        units = sum(layer.outputs for layer in layers)
        return cls(x=np.zeros(sum(layer.inputs for layer in layers) + outputs, np.int16),
                   z=np.zeros(
                        units, np.int32 if config.design.accumulator_bits <= 32 else np.int64),
                   delta=np.zeros(units, np.int32),
                   indices=np.zeros(max(max(layer.rows, layer.outputs) for layer in layers),
                                   np.int64))


def _ledger(config: Config) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The `ledger` of `kernels.train`, whose sums are computed later."""
    layers = config.design.layers
    return (device_tables(config).programming_conductance,
            np.zeros(sum(layer.rows for layer in layers), np.int64),
            np.zeros(sum(layer.outputs for layer in layers), np.int64))


def _by_layer(config: Config, values: np.ndarray) -> list[np.ndarray]:
    """The parts of an array (synapses,) that belong to the layers, each (N + 1, M)."""
    layers = config.design.layers
    ends = np.cumsum([layer.rows * layer.outputs for layer in layers])[:-1]
    return [part.reshape(layer.rows, layer.outputs)
            for layer, part in zip(layers, np.split(values, ends), strict=True)]


def _flat(arrays: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([array.reshape(-1) for array in arrays])


def _constant(values: np.ndarray) -> np.ndarray:
    """A contiguous read-only view: kernels are compiled for no other arrays."""
    values = np.ascontiguousarray(values).view()
    values.flags.writeable = False
    return values


def _results(classes: np.ndarray, labels: np.ndarray) -> Results:
    unknown = np.zeros(len(classes), np.int64)
    return Results(classes=classes, errors=classes != labels, cycles=unknown, ideal=unknown)


def _layers(config: Config) -> np.ndarray:
    """All layers, an array (layers,) of `LAYER`."""
    layers = np.zeros(len(config.design.layers), LAYER)
    synapse = row = line = unit = 0
    for entry, layer in zip(layers, config.design.layers, strict=True):
        for name in LAYER.names or ():
            if not name.startswith("first_"):
                entry[name] = getattr(layer, name)
        entry["first_synapse"], entry["first_row"] = synapse, row
        entry["first_input"], entry["first_output"] = line, unit
        synapse += layer.rows * layer.outputs
        row, line, unit = row + layer.rows, line + layer.inputs, unit + layer.outputs
    return layers


def _rule(config: Config) -> np.void:
    """One `RULE`."""
    numbers, update = config.numbers, config.update
    values = {
        "full": numbers.full, "drop": 8 - numbers.activation_bits, "margin": numbers.margin,
        "delta_limit": numbers.delta_limit, "last": config.design.states - 1,
        "limit": config.design.conductance_limit, "method": _METHODS.index(config.design.method),
        "refresh_state": config.design.refresh_state, "swaps": update.refresh_swaps,
        "noise": config.device.cycle_noise or config.design.cycle_scale is not None,
        "differ": _differ(config),
        **_scale("cycle", config.design.cycle_scale),
        **_scale("error", config.design.refresh_scale)}
    return np.array([tuple(values[name] for name in RULE.names or ())], RULE)[0]


def _scale(name: str, scale: Scale | None) -> dict[str, int]:
    """The fields of a `RULE` for a scale."""
    factor, offset, shift = (scale.factor, scale.offset, scale.shift - 1) if scale else (0, 0, 0)
    return {f"{name}_factor": factor, f"{name}_offset": offset, f"{name}_shift": shift}


def _tables(config: Config) -> np.ndarray:
    """The planes of the device's tables, filled with zeros."""
    source = device_tables(config)
    planes = (source.read, source.potentiate, source.depress, source.nearest, source.programming)
    shape = len(planes), len(source.read), max(plane.shape[1] for plane in planes)
    tables = np.zeros(shape, np.int16)
    for table, plane in zip(tables, planes, strict=True):
        table[:, :plane.shape[1]] = plane
    return tables


def _memory(config: Config) -> np.ndarray:
    """The planes that `config` needs; the states are loaded later."""
    differ = _differ(config)
    planes = 1 + (SECOND if differ else POLARITY if config.update.refresh_swaps else WEIGHT)
    synapses = sum(layer.rows * layer.outputs for layer in config.design.layers)
    memory = np.zeros((planes, synapses), np.int16)
    if differ:
        tables = device_tables(config)
        for device, plane in enumerate((FIRST, SECOND)):
            devices = [layer_devices(config, tables, layer, device)
                   for layer in config.design.layers]
            memory[plane] = _flat([np.asarray(one.device_class | one.stuck << KIND_BITS)
                                   for one in devices])
    return memory


def _differ(config: Config) -> bool:
    return config.variation.spreads or config.variation.sticks


def _words(config: Config) -> tuple[np.ndarray, np.ndarray]:
    """The words of all rows (rows,), and of both devices of all columns (2, outputs)."""
    rows = [row_word(layer.number, np.arange(layer.rows)) for layer in config.design.layers]
    devices = [[device_word(np.arange(layer.outputs), device) for layer in config.design.layers]
               for device in range(2)]
    return _flat(rows), np.stack([_flat(words) for words in devices])
