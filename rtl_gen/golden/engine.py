"""The golden engine: the blocks composed as the hardware composes them, one sample at a time."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pulsetrain.spec import Config

from .activation import activate
from .backward import backward
from .cycles import cycles_of
from .energy import backward_reads, forward_reads, spent
from .forward import forward, forward_batch
from .generator import fires, row_word, step
from .output import classify, output_delta
from .pulse import pulse_update, trits
from .synapse import LayerSynapses, State, initial_state
from .trace import Trace, observed_values

_MODULUS = 1 << 32


@dataclass(kw_only=True)
class Results:
    """The results of a batch of n samples; every array has shape (n,).

    `classes`: the predictions, int64. `errors`: whether they differ from the labels, bool.
    `cycles`, `ideal`: predicted and ideal cycles, 0 if they are not counted.
    """

    classes: np.ndarray
    errors: np.ndarray
    cycles: np.ndarray
    ideal: np.ndarray

    @classmethod
    def of_fields(cls, fields: Mapping[str, np.ndarray]) -> "Results":
        """Those of hardware, from the fields of `formats.engine.result`, each (n,)."""
        return cls(classes=fields["prediction"], errors=fields["error"].astype(bool),
                   cycles=fields["cycles"], ideal=np.zeros(len(fields["cycles"]), np.int64))


def check_labels(config: Config, labels: np.ndarray) -> None:
    """Check that each of `labels` (n,) is the number of an output.

    Raises:
        ValueError: one is not.
    """
    last = config.network.outputs - 1
    if len(labels) and not 0 <= labels.min() <= labels.max() <= last:
        raise ValueError(f"labels must be in 0..{last}, not {labels.min()}..{labels.max()}")


class GoldenEngine:
    """The integer model of the whole engine; a `Backend` of the run loop.

    Inputs are unsigned 8-bit pixels, cut to `activation_bits` by dropping their low bits.
    With `count_cycles` it also computes the cycles that the hardware takes, which costs about ten
    microseconds per sample.
    """

    def __init__(self, config: Config, *, count_cycles: bool = False) -> None:
        self.config = config
        self.gate = 256
        self.observe = False
        self.trace: Trace | None = None
        self._count_cycles = count_cycles
        self._row_words = [row_word(layer.number, np.arange(layer.rows))
                           for layer in config.design.layers]
        self.load(initial_state(config))

    def load(self, state: State) -> None:
        """Continue from `state` (copied)."""
        self._state = state.copy()
        self._synapses = [LayerSynapses(self.config, layer, self._state)
                          for layer in self.config.design.layers]
        self._weights = [synapses.all.weight() for synapses in self._synapses]
        if not self.config.device.energy:
            self._state.energy = None
        self._totals = ([synapses.all.total() for synapses in self._synapses]
                        if self._state.energy else [])

    def read(self) -> State:
        """A copy of the current state."""
        return self._state.copy()

    def counters(self) -> dict[str, int]:
        """The counters of the current state."""
        return dict(self._state.counters)

    def device_pulses(self) -> dict[str, int] | None:
        """The device pulses of the current state; None if the loaded state did not have them."""
        counted = self._state.device_pulses
        return counted and dict(counted)

    def energy(self) -> dict[str, int] | None:
        """The energy counts of the current state; None if they are not counted or not known."""
        counted = self._state.energy
        return counted and dict(counted)

    def train(self, x: np.ndarray, labels: np.ndarray) -> Results:
        """Learn from the pixels `x` (n, N) uint8 with `labels` (n,), one sample after the other.

        Raises:
            ValueError: a label is not the number of an output.
        """
        check_labels(self.config, labels)
        return self._run(x, labels, train=True)

    def infer(self, x: np.ndarray, labels: np.ndarray) -> Results:
        """Classify the pixels `x` (n, N) uint8; no state changes.

        Raises:
            ValueError: a label is not the number of an output.
        """
        check_labels(self.config, labels)
        if self._count_cycles:
            return self._run(x, labels, train=False)
        classes = classify(self.sums(x))
        unknown = np.zeros(len(x), np.int64)
        return Results(classes=classes, errors=classes != labels, cycles=unknown, ideal=unknown)

    def sums(self, x: np.ndarray) -> np.ndarray:
        """The sums z of the output layer, (n, M) int64, for the pixels `x` (n, N) uint8."""
        y = self.quantise(x)
        for layer, weight in zip(self.config.design.layers, self._weights, strict=True):
            z = forward_batch(weight, y, self.config.numbers.full)
            y = activate(z, layer, self.config.numbers.full)
        return z

    def weights(self) -> list[np.ndarray]:
        """A copy of the weights of every layer, (N + 1, M) integers, the bias line last."""
        return [weight.copy() for weight in self._weights]

    def close(self) -> None:
        """Nothing to release; part of the `Backend` contract."""

    @property
    def observed(self) -> dict[tuple[str, int, int], int]:
        """What the last sample computed (see `observed_values`); empty before the first."""
        return observed_values(self.trace) if self.trace else {}

    def quantise(self, x: np.ndarray) -> np.ndarray:
        """Pixels to activations: the low bits are dropped."""
        return x >> (8 - self.config.numbers.activation_bits)

    def _run(self, x: np.ndarray, labels: np.ndarray, *, train: bool) -> Results:
        count = len(x)
        results = Results(classes=np.zeros(count, np.int64), errors=np.zeros(count, bool),
                          cycles=np.zeros(count, np.int64), ideal=np.zeros(count, np.int64))
        for index in range(count):
            label = int(labels[index])
            trace = self._sample(self.quantise(x[index]), label, train=train)
            prediction = int(classify(trace.z[-1]))
            results.classes[index] = prediction
            results.errors[index] = prediction != label
            if self._count_cycles:
                results.cycles[index], results.ideal[index] = cycles_of(self.config, trace)
            if train:
                self._count({"samples": 1, "errors": int(prediction != label)})
            self.trace = trace
        return results

    def _sample(self, x: np.ndarray, label: int, *, train: bool) -> Trace:
        numbers, layers = self.config.numbers, self.config.design.layers
        trace = Trace(x=[], z=[], delta=[np.zeros(layer.outputs, np.int64) for layer in layers],
                      trained=train)
        y = x
        for layer, weight in zip(layers, self._weights, strict=True):
            z = forward(weight, y, numbers.full)
            trace.x.append(y)
            trace.z.append(z)
            y = activate(z, layer, numbers.full)
        if not train:
            return trace
        for index, total in enumerate(self._totals):
            self._count({"forward_reads": forward_reads(total, trace.x[index], numbers.full),
                         "forward_ticks": numbers.full})
        delta = output_delta(y, label, numbers.full, numbers.margin)
        for index in reversed(range(len(layers))):
            trace.delta[index] = delta
            if not delta.any():
                break
            below: np.ndarray | None = None
            if index > 0:
                below = backward(self._weights[index], delta, trace.x[index],
                                 layers[index].backward_shift, numbers.full, numbers.delta_limit)
                if self._totals:
                    self._count({"backward_reads": backward_reads(self._totals[index], delta),
                                 "backward_ticks": int(np.abs(delta).max())})
            self._update(index, trace.x[index], delta)
            if below is not None:
                delta = below
        self._state.generator = step(self._state.generator)
        return trace

    def _update(self, index: int, x: np.ndarray, delta: np.ndarray) -> None:
        """Pulse the synapses of layer `index` (from 0): rows that fire, columns with a trit."""
        layer, state = self.config.design.layers[index], self._state
        trit = trits(delta, layer.delta_threshold)
        columns = np.flatnonzero(trit)
        rows = np.append(np.flatnonzero(x > layer.row_threshold), layer.inputs)
        rows = rows[fires(state.generator, self.gate, self._row_words[index][rows])]
        if not len(columns) or not len(rows):
            return
        chosen = np.ix_(rows, columns)
        synapses = self._synapses[index]
        before = synapses.all.at(chosen)
        steps = synapses.steps(state.generator, rows, columns, before.polarity)
        after, counts = pulse_update(self.config, before, trit[columns], steps)
        synapses.store(chosen, after)
        self._weights[index][chosen] = after.weight()
        self._count(counts)
        if state.energy or state.wear:
            costs = spent(self.config, before, trit[columns], steps)
            self._count(costs.counts)
            if state.energy:
                self._totals[index][chosen] = after.total()
            if state.wear:
                for device, pulses in enumerate((costs.first, costs.second)):
                    state.wear[index][device][chosen] += pulses

    def _count(self, amounts: dict[str, int]) -> None:
        """Add `amounts` to those counts of the state that they name, if they are known."""
        state = self._state
        for name, amount in amounts.items():
            if name in state.counters:
                state.counters[name] = (state.counters[name] + amount) % _MODULUS
            for counts in (state.device_pulses, state.energy):
                if counts and name in counts:
                    counts[name] += amount
