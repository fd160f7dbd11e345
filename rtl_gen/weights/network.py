"""A floating-point multilayer perceptron, as another program trained it."""

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from pulsetrain.errors import PulsetrainError, shown
from pulsetrain.spec import Config
from pulsetrain.spec.network import SYNAPSES, Network

MOST_LAYERS = 8
LARGEST = 1e6
"""The largest magnitude of a weight or a bias."""


class WeightsError(PulsetrainError, ValueError):
    """Weights cannot be imported or exported; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Activation:
    """The function of hidden units: `relu` min(max(v, 0), cap), `sigmoid` 1 / (1 + e^-v), or
    `hard_sigmoid` min(max(slope * v + offset, 0), 1), by default with PyTorch's slope."""

    kind: Literal["relu", "sigmoid", "hard_sigmoid"]
    cap: float = np.inf
    slope: float = 1 / 6
    offset: float = 0.5

    def __call__(self, v: np.ndarray) -> np.ndarray:
        """The function of every element of `v`."""
        if self.kind == "relu":
            return np.clip(v, 0, self.cap)
        if self.kind == "hard_sigmoid":
            return np.clip(self.slope * v + self.offset, 0, 1)
        return 0.5 * (1 + np.tanh(0.5 * v))

    @property
    def line(self) -> tuple[float, float]:
        """(slope, offset) of the hard sigmoid nearest to a sigmoid; in 0 they have equal slopes."""
        return (0.25, 0.5) if self.kind == "sigmoid" else (self.slope, self.offset)


ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation(kind="relu"), "sigmoid": Activation(kind="sigmoid"),
    "hard_sigmoid": Activation(kind="hard_sigmoid")}
"""Hidden activations by name, for files that do not name theirs."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FloatLayer:
    """v = x @ weight + bias, and `activation` of v; None for the output layer, which gives logits.

    `weight`: (N, M) float64; `bias`: (M,) float64.
    """

    weight: np.ndarray
    bias: np.ndarray
    activation: Activation | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class FloatNetwork:
    """The layers from input to output; `source` names the file, for messages.

    Raises:
        WeightsError: there is no layer or there are too many, sizes do not follow each other, or a
            weight is not finite or very large.
    """

    source: str
    layers: tuple[FloatLayer, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.layers) <= MOST_LAYERS:
            raise WeightsError(f"{self.source}: must have 1 to {MOST_LAYERS} layers, not "
                               f"{len(self.layers)}")
        for number, layer in enumerate(self.layers, 1):
            shape, expected = layer.weight.shape, self.sizes[number - 1]
            if shape[0] != expected:
                raise WeightsError(f"{self.source}: layer {number} has {shape[0]:,} inputs, but "
                                   f"the layer before it has {expected:,} outputs")
            if layer.bias.shape != shape[1:]:
                raise WeightsError(f"{self.source}: layer {number} has {shape[1]:,} outputs, but "
                                   f"a bias of shape {layer.bias.shape}")
            for name, array in (("weight", layer.weight), ("bias", layer.bias)):
                if not (np.abs(array) <= LARGEST).all():
                    raise WeightsError(f"{self.source}: every {name} of layer {number} must be a "
                                       f"finite number of at most {LARGEST:g}, not "
                                       f"{array[~(np.abs(array) <= LARGEST)][0]:g}")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Inputs, hidden units of each layer, outputs."""
        return (self.layers[0].weight.shape[0],
                *(layer.weight.shape[1] for layer in self.layers))

    def activated(self, activation: Activation) -> "FloatNetwork":
        """The same network, with `activation` in the hidden layers that name none."""
        hidden = (replace(layer, activation=layer.activation or activation)
                  for layer in self.layers[:-1])
        return replace(self, layers=(*hidden, self.layers[-1]))

    def with_two_outputs(self) -> "FloatNetwork":
        """If there is one output, the logit of class 1 against class 0: the same with two."""
        last = self.layers[-1]
        if last.weight.shape[1] != 1:
            return self
        half = np.array([[-0.5, 0.5]])
        return replace(self, layers=(*self.layers[:-1], replace(
            last, weight=last.weight @ half, bias=last.bias @ half)))

    def check_fits(self, config: Config) -> None:
        """Check that the network of `config` has these sizes and this kind of hidden units.

        Raises:
            WeightsError: it has not; the message says what to change.
        """
        network: Network = config.network
        inputs, *hidden, outputs = self.sizes
        wanted = (network.inputs, *network.hidden, network.outputs)
        if self.sizes != wanted:
            synapses = sum((rows + 1) * columns for rows, columns in
                           pairwise(self.sizes))
            hint = (f"; --set network.inputs={inputs} --set network.hidden={hidden} "
                    f"--set network.outputs={outputs} changes it" * (synapses <= SYNAPSES))
            raise WeightsError(f"{self.source}: holds a network of {'-'.join(map(str, self.sizes))}"
                               f" units, but the configuration {config.name!r} has one of "
                               f"{'-'.join(map(str, wanted))}{hint}")
        for number, layer in enumerate(self.layers[:-1], 1):
            kind = layer.activation.kind if layer.activation else network.activation
            fitting = "relu" if kind == "relu" else "hard_sigmoid"
            if fitting != network.activation:
                raise WeightsError(f"{self.source}: the units of layer {number} are {kind}, but "
                                   f"network.activation of the configuration {config.name!r} is "
                                   f'"{network.activation}"; --set network.activation={fitting} '
                                   "changes it")

    def forward(self, x: np.ndarray) -> list[np.ndarray]:
        """The outputs of every layer, (n, M_l), for the inputs `x` (n, N); the last are logits."""
        outputs = []
        for layer in self.layers:
            x = x @ layer.weight + layer.bias
            if layer.activation:
                x = layer.activation(x)
            outputs.append(x)
        return outputs


def check_shape(source: str, name: str, shape: tuple[int, ...]) -> None:
    """Check, before an array of `shape` is used, that a network can have it.

    Raises:
        WeightsError: it is empty or too large.
    """
    if 0 in shape or math.prod(shape) > SYNAPSES:
        raise WeightsError(f"{source}: {shown(name)} must have 1 to {SYNAPSES:,} values, not the "
                           f"shape {shown(shape)}")


def cross_entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    """The mean of -log softmax(logits)[label]; `logits` (n, classes), `labels` (n,), n > 0."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return float(np.mean(np.log(np.exp(shifted).sum(axis=1))
                         - shifted[np.arange(len(labels)), labels]))
