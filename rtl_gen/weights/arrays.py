"""Named arrays to the layers of a network: archives of NumPy, and safetensors."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from pulsetrain.errors import cut, shown
from pulsetrain.spec import Config

from .network import Activation, FloatLayer, FloatNetwork, WeightsError, check_shape

_WEIGHT = re.compile("weight|kernel|coef", re.IGNORECASE)
_BIAS = re.compile("bias|intercept", re.IGNORECASE)

Shape = tuple[int, ...]


def network_of(source: str, shapes: Mapping[str, Shape], array: Callable[[str], np.ndarray],
               config: Config | None) -> FloatNetwork:
    """The network in named arrays, whose hidden units have no activation yet.

    Matrices are weights, vectors are biases, both in the order of their names, in which numbers
    count as numbers. If names contain weight, kernel or coef, only those are weights; if some
    contain bias or intercept, only those are biases. Weights may be (inputs, outputs) or (outputs,
    inputs): what fits the other layers, the biases and `config`; if both do, names that end in
    `.weight` mean (outputs, inputs), as in PyTorch.

    Args:
        source: the file, for messages.
        shapes: the shape of each array.
        array: gives an array by its name; it is only called for those that are used.
        config: the configuration to fit.

    Raises:
        WeightsError: they are not the weights of a multilayer perceptron.
    """
    names = sorted(shapes, key=_natural)
    weights = _chosen([name for name in names if len(shapes[name]) == 2], _WEIGHT)
    biases = _chosen([name for name in names if len(shapes[name]) == 1
                      and not _WEIGHT.search(name)], _BIAS)
    deep = [name for name in _chosen(names, _WEIGHT) if len(shapes[name]) > 2]
    if deep:
        raise WeightsError(f"{source}: only fully connected layers can be imported, but "
                           f"{shown(deep[0])} has the shape {shapes[deep[0]]}")
    if not weights or len(biases) not in (0, len(weights)):
        raise WeightsError(
            f"{source}: must hold a matrix of weights for each layer, and a vector of biases for "
            f"each layer or for none, not {len(weights)} matrices and {len(biases)} vectors: "
            f"{cut(', '.join(f'{name} {shapes[name]}' for name in names), 200) or 'no array'}")
    for name in (*weights, *biases):
        check_shape(source, name, shapes[name])
    swapped = _swapped(source, weights, [shapes[name] for name in weights],
                       [shapes[name][0] for name in biases], config)
    layers = []
    for index, name in enumerate(weights):
        weight = _real(source, name, array(name))
        weight = weight.T if swapped else weight
        bias = (_real(source, biases[index], array(biases[index])) if biases
                else np.zeros(weight.shape[1]))
        layers.append(FloatLayer(weight=weight, bias=bias))
    return FloatNetwork(source=source, layers=tuple(layers))


def with_clip(network: FloatNetwork, value: np.ndarray) -> FloatNetwork:
    """`network` with hidden units of `relu` that give at most `value`.

    Raises:
        WeightsError: `value` is not one positive number.
    """
    if value.shape or value.dtype.kind not in "iuf" or not 0 < float(value) < np.inf:
        raise WeightsError(f"{network.source}: clip, the most that a hidden unit gives, must be "
                           f"one positive number, not {shown(value.tolist())}")
    return network.activated(Activation(kind="relu", cap=float(value)))


def _natural(name: str) -> list[tuple[int, int, str]]:
    """A key that sorts `layer10` after `layer9`."""
    return [(0, int(part), "") if part.isdecimal() and len(part) < 10 else (1, 0, part)
            for part in re.split(r"([0-9]+)", name)]


def _chosen(names: list[str], pattern: re.Pattern[str]) -> list[str]:
    """The names that match; all of them if none does."""
    return [name for name in names if pattern.search(name)] or names


def _swapped(source: str, names: Sequence[str], shapes: Sequence[Shape], biases: Sequence[int],
             config: Config | None) -> bool:
    """Whether the weights are (outputs, inputs)."""
    possible = []
    for swapped in (False, True):
        turned = [shape[::-1] if swapped else shape for shape in shapes]
        chained = all(after[0] == before[1] for before, after in pairwise(turned))
        if chained and all(bias == shape[1]
                           for bias, shape in zip(biases, turned, strict=bool(biases))):
            possible.append((swapped, turned))
    if not possible:
        listed = ", ".join(f"{name} {shape}" for name, shape in zip(names, shapes, strict=True))
        raise WeightsError(f"{source}: the weights do not fit each other and their biases in the "
                           f"order of their names: {cut(listed, 200)}; name them in the order of "
                           "the layers, such as weight_1, bias_1, weight_2, bias_2")
    fitting = [swapped for swapped, turned in possible
               if config and tuple(turned) == config.network.shapes]
    found = fitting or [swapped for swapped, _ in possible]
    return found[0] if len(found) == 1 else all(name.endswith(".weight") for name in names)


def _real(source: str, name: str, array: np.ndarray) -> np.ndarray:
    if array.dtype.kind not in "iuf":
        raise WeightsError(f"{source}: {shown(name)} must hold real numbers, not "
                           f"{cut(str(array.dtype))}")
    return array.astype(np.float64)
