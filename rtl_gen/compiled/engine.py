"""The compiled engine: the golden model's state in the arrays that the kernels work on."""

from dataclasses import dataclass

import numpy as np

from pulsetrain.device import device_tables
from pulsetrain.golden import Results, State, Trace, initial_state
from pulsetrain.golden.device import MOVES, STUCK_HIGH, STUCK_LOW, full_states, layer_devices
from pulsetrain.golden.engine import check_labels
from pulsetrain.golden.generator import device_word, row_word
from pulsetrain.golden.synapse import COUNTERS, DEVICE_PULSES, ENERGY_COUNTS
from pulsetrain.golden.trace import observed_values
from pulsetrain.spec import Config
from pulsetrain.spec.noise import Scale

from . import kernels
from .kernels import LAYER, RULE

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
        self._tables = _tables(config)
        self._layers, self._rule = _layers(config), _rule(config)
        self._memory = _Memory.of(config)
        self._words = _words(config)
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
        for name in ("plus", "minus"):
            states = _flat(getattr(state, name))
            if states.min() < 0 or states.max() > last:
                raise ValueError(f"{name} must hold states in 0..{last}, not {states.min()}.."
                                 f"{states.max()}")
        memory = self._memory
        if self.config.update.refresh_swaps:
            memory.polarity[:] = _flat(state.polarity)
        plus, minus = _flat(state.plus), _flat(state.minus)
        memory.states[0::2], memory.states[1::2] = memory.by_role(plus, minus)
        self._generator, self._counters = int(state.generator), dict(state.counters)
        self._device_pulses = state.device_pulses and dict(state.device_pulses)
        read_plus, read_minus = memory.by_role(*self._conductances())
        memory.weights[:] = read_plus - read_minus
        self._energy = dict(state.energy) if self.config.device.energy and state.energy else None
        self._wear = _flat([np.moveaxis(layer, 0, -1) for layer in state.wear or []])
        self._totals = np.zeros(0, np.int64), np.zeros(0, np.int64)
        if self._energy or state.wear:
            totals = _by_layer(self.config, np.add(*self._conductances()))
            self._totals = (_flat([total.sum(axis=1) for total in totals]),
                            _flat([total[:-1].sum(axis=0) for total in totals]))

    def read(self) -> State:
        """A copy of the current state."""
        memory = self._memory
        plus, minus = (_by_layer(self.config, states.astype(np.int32))
                       for states in memory.by_role(memory.states[0::2], memory.states[1::2]))
        swapped = memory.polarity.astype(bool)
        return State(plus=plus, minus=minus,
                     polarity=_by_layer(self.config, swapped) if len(swapped) else [],
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
        names = *COUNTERS, *DEVICE_PULSES, *ENERGY_COUNTS
        counts = np.zeros(len(names), np.int64)
        classes, self._generator = self._run(x, labels, self._scratch, counts, learns=True)
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
        classes, _ = self._run(x, labels, _Scratch.of(self.config), np.zeros(0, np.int64),
                               learns=False)
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

    def _run(self, x: np.ndarray, labels: np.ndarray, scratch: "_Scratch", counts: np.ndarray, *,
             learns: bool) -> tuple[np.ndarray, int]:
        """The classes (n,) of `x`, and the generator's next word."""
        memory, classes = self._memory, np.zeros(len(x), np.int64)
        word = kernels.run(
            _constant(x), _constant(labels), learns, self.gate, self._generator, self._layers,
            self._rule, self._tables,
            (memory.states, memory.codes, memory.polarity, memory.weights), self._words,
            (scratch.x, scratch.z, scratch.delta, scratch.fired, scratch.columns, scratch.due,
             scratch.draws),
            classes, (counts, *self._totals, self._wear))
        return classes, word

    def _conductances(self) -> np.ndarray:
        """What the devices 0 and 1 of all pairs conduct, (2, synapses), int64."""
        memory, outcomes = self._memory, self._tables[0].reshape(3, -1, self.config.design.states)
        codes = memory.codes if len(memory.codes) else 0
        found = outcomes[kernels.STAY, codes, memory.states] >> kernels.READ
        read: np.ndarray = (found & ((1 << kernels.READ_BITS) - 1)).astype(np.int64)
        return read.reshape(-1, 2).T

    def _check(self, x: np.ndarray, labels: np.ndarray) -> None:
        inputs = self.config.network.inputs
        if x.dtype != np.uint8 or x.ndim != 2 or x.shape[1] != inputs:
            raise ValueError(f"x must be uint8 of shape (n, {inputs}), not {x.dtype} of shape "
                             f"{x.shape}")
        if labels.dtype != np.int64 or labels.shape != x.shape[:1]:
            raise ValueError(f"labels must be int64 of shape {x.shape[:1]}, not {labels.dtype} of "
                             f"shape {labels.shape}")
        check_labels(self.config, labels)

    def _wear_parts(self) -> list[np.ndarray] | None:
        """Copies of the pulses on the devices of every layer, each (2, N + 1, M); None if they are
        not counted."""
        if not len(self._wear):
            return None
        first, second = (_by_layer(self.config, device) for device in self._wear.reshape(-1, 2).T)
        return [np.stack(pair) for pair in zip(first, second, strict=True)]


@dataclass(frozen=True, kw_only=True)
class _Memory:
    """The synapses of all layers: `states` and `codes` of the physical devices, those of a pair
    one after the other, and `polarity` and `weights` of the pairs. `codes` is empty if all devices
    are alike, `polarity` if refreshes do not swap."""

    states: np.ndarray
    codes: np.ndarray
    polarity: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, config: Config) -> "_Memory":
        """That of `config`; the states are loaded later."""
        synapses = sum(layer.rows * layer.outputs for layer in config.design.layers)
        swapping = synapses if config.update.refresh_swaps else 0
        return cls(states=np.zeros(2 * synapses, np.int16), codes=_codes(config),
                   polarity=np.zeros(swapping, np.int8), weights=np.zeros(synapses, np.int16))

    def by_role(self, first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What the devices in the roles plus and minus have, for the physical devices `first` and
        `second`; and what the physical devices have, for those in the roles."""
        if not len(self.polarity):
            return first, second
        return (np.where(self.polarity, second, first), np.where(self.polarity, first, second))


@dataclass(frozen=True, kw_only=True)
class _Scratch:
    """What one sample computes: `x`, inputs of all layers and then the network's outputs; `z` and
    `delta`, outputs of all layers; `fired`, a list of a layer's lines; `columns` and `due`, lists
    of devices of a line; `draws`, one for each of these lines, or two for each column."""

    x: np.ndarray
    z: np.ndarray
    delta: np.ndarray
    fired: np.ndarray
    columns: np.ndarray
    due: np.ndarray
    draws: np.ndarray

    @classmethod
    def of(cls, config: Config) -> "_Scratch":
        layers, outputs = config.design.layers, config.network.outputs
        units = sum(layer.outputs for layer in layers)
        lines, widest = (max(getattr(layer, side) for layer in layers)
                         for side in ("rows", "outputs"))
        return cls(x=np.zeros(sum(layer.inputs for layer in layers) + outputs, np.int16),
                   z=np.zeros(
                        units, np.int32 if config.design.accumulator_bits <= 32 else np.int64),
                   delta=np.zeros(units, np.int32),
                   fired=np.zeros(lines, np.int64), columns=np.zeros(widest, np.int64),
                   due=np.zeros(widest, np.int64),
                   draws=np.zeros(max(lines, 2 * widest), np.int64))


def _by_layer(config: Config, values: np.ndarray) -> list[np.ndarray]:
    """The parts of an array (synapses,) that belong to the layers, each (N + 1, M)."""
    layers = config.design.layers
    ends = np.cumsum([layer.rows * layer.outputs for layer in layers])[:-1]
    return [part.reshape(layer.rows, layer.outputs)
            for layer, part in zip(layers, np.split(values, ends), strict=True)]


def _flat(arrays: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0, np.int64), *(array.reshape(-1) for array in arrays)])


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
    numbers, update, classes = config.numbers, config.update, len(device_tables(config).read)
    values = {
        "full": numbers.full, "drop": 8 - numbers.activation_bits, "margin": numbers.margin,
        "delta_limit": numbers.delta_limit,
        "limit": config.design.conductance_limit, "method": _METHODS.index(config.design.method),
        "swaps": update.refresh_swaps, "noise": config.device.cycle_noise,
        "differ": _differ(config), "moving": classes, "codes": _kinds(config) * classes,
        "states": config.design.states,
        **_scale("cycle", config.design.cycle_scale),
        **_scale("error", config.design.refresh_scale)}
    return np.array([tuple(values[name] for name in RULE.names or ())], RULE)[0]


def _scale(name: str, scale: Scale | None) -> dict[str, int]:
    """The fields of a `RULE` for a scale."""
    factor, offset, shift = (scale.factor, scale.offset, scale.shift - 1) if scale else (0, 0, 0)
    return {f"{name}_factor": factor, f"{name}_offset": offset, f"{name}_shift": shift}


def _tables(config: Config) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The `tables` of the kernels.

    A code is a class, and beyond all classes come the same again for devices that are stuck at
    their lowest states, and then for those at their highest.
    """
    source, kinds = device_tables(config), _kinds(config)
    classes, states = source.read.shape
    full = np.zeros((classes, states), bool)
    if config.design.method == "unidirectional":
        full = full_states(source, config.design.refresh_state)
    state = np.broadcast_to(np.arange(states), (classes, states))
    shown = state + np.where(state > 0, kernels.SOME, 0)
    moving = shown + (source.read << kernels.READ) + np.where(full, kernels.FULL, 0)
    stuck_low = shown + (source.read << kernels.READ)
    stuck_high = shown + (source.read[:, -1:] << kernels.READ)
    outcomes = np.array([[np.take_along_axis(moving, after, axis=1), stuck_low, stuck_high][:kinds]
                         for after in (state, source.potentiate, source.depress)], np.int32)
    aims = np.zeros((2, kinds, classes, max(source.nearest.shape[1], states)), np.int16)
    aims[kernels.NEAREST, MOVES, :, :source.nearest.shape[1]] = source.nearest
    aims[kernels.PROGRAMMING, MOVES, :, :states] = source.programming
    programmed = np.zeros((kinds, classes, states), np.int64)
    programmed[MOVES] = source.programming_conductance
    return (outcomes.reshape(-1), aims.reshape(2, kinds * classes, -1),
            programmed.reshape(kinds * classes, -1))


def _kinds(config: Config) -> int:
    """MOVES, STUCK_LOW and STUCK_HIGH, or only the first."""
    return 1 + max(STUCK_LOW, STUCK_HIGH) if config.variation.sticks else 1


def _codes(config: Config) -> np.ndarray:
    """The codes of all devices, those of a pair one after the other; none if all are alike."""
    if not _differ(config):
        return np.zeros(0, np.int16)
    tables = device_tables(config)
    devices = [[layer_devices(config, tables, layer, device) for device in range(2)]
               for layer in config.design.layers]
    return _flat([np.stack([one.device_class + one.stuck * len(tables.read) for one in pair], -1)
                  for pair in devices]).astype(np.int16)


def _differ(config: Config) -> bool:
    return config.variation.spreads or config.variation.sticks


def _words(config: Config) -> tuple[np.ndarray, np.ndarray]:
    """The words of all rows (rows,), and of the devices of all columns (2 outputs,)."""
    rows = [row_word(layer.number, np.arange(layer.rows)) for layer in config.design.layers]
    devices = [np.stack([device_word(np.arange(layer.outputs), device) for device in range(2)], -1)
               for layer in config.design.layers]
    return _flat(rows), _flat(devices)
