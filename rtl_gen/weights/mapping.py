"""A floating-point network to pairs of devices."""

from dataclasses import dataclass

import numpy as np

from pulsetrain.data import DataSet
from pulsetrain.golden import GoldenEngine, State
from pulsetrain.golden.activation import activate
from pulsetrain.golden.device import MOVES
from pulsetrain.golden.forward import forward_batch
from pulsetrain.golden.synapse import LayerSynapses, programmed, state_of
from pulsetrain.spec import Config, Layer

from .network import Activation, FloatNetwork, cross_entropy

CALIBRATION = 1000
"""Most training samples on which scales are chosen."""

_BATCH = 5000

_COARSE, _FINE = range(-8, 17, 4), (2, -2, 1, -1)
"""Scales of a hidden layer to try, in quarters of an octave from that at which the largest weight
just fits; then those around the best."""

_OUTPUT = range(-4, 9)
"""The same for the output layer."""

_RIDGE = 1e-3
"""The penalty of `_centre`, for each sample."""

_LOSS = 1.01, 1e-3
"""Of the output layer's scales, that with the largest weights is taken whose loss, the cross
entropy with the network's own outputs, is at most this factor times the smallest loss, plus
this."""


@dataclass(frozen=True, kw_only=True)
class LayerFit:
    """What a layer of pairs expresses of a layer of weights.

    `scale`: the value of the floating-point network's units at which the integer activation is X;
    for the output layer, the logit that moves it by X. `beyond`: of the `synapses`, how many have a
    weight that their pair cannot reach, and `stuck`, how many have a stuck device. `error`: the
    root mean square of programmed minus wanted weights, in units of conductance.
    """

    number: int
    synapses: int
    scale: float
    beyond: int
    stuck: int
    error: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Imported:
    """The state, and how well it expresses the network: `accuracy` (0..1) and `loss` (cross
    entropy) on `samples` samples `tested`, and those of the network itself."""

    state: State
    layers: tuple[LayerFit, ...]
    tested: str
    samples: int
    float_accuracy: float
    float_loss: float
    accuracy: float
    loss: float


@dataclass(frozen=True, kw_only=True, eq=False)
class _Programmed:
    """A layer whose pairs are programmed: its states, its weights and what it computed."""

    pair: tuple[np.ndarray, np.ndarray]
    weight: np.ndarray
    z: np.ndarray
    y: np.ndarray
    scale: float
    wanted: np.ndarray


def import_network(network: FloatNetwork, config: Config, data: DataSet,
                   inputs: tuple[float, float] = (0.0, 1.0)) -> Imported:
    """The state whose pairs express `network`, by the tables of `config`'s devices.

    A hidden `relu` layer may give smaller or larger values if the next layer's weights make up for
    it. So each has a scale, which is chosen, layer by layer, to minimise the error of what its
    units compute: too small a scale clips weights and activations, too large a scale rounds them.
    Subtracting one vector from the weights of all outputs changes no class; it is chosen so that
    the outputs are centred: the largest is above the middle of its range, the others below.
    Scales are chosen on the first `CALIBRATION` samples of `data` to train on; the figures are
    measured on its test samples, or on those if there are none.

    Args:
        network: fits `config` (`FloatNetwork.check_fits`).
        config: the configuration.
        data: fits `config`.
        inputs: what the network was given for the pixels 0 and 255.
    """
    low, high = inputs
    pixels = data.x_train[:CALIBRATION]
    targets = network.forward(low + (high - low) * (pixels / 255))
    engine = GoldenEngine(config)
    x = engine.quantise(pixels)
    unit = 1.0  # the value of the network's units for an activation of X
    fits, pairs = [], []
    for index, layer in enumerate(config.design.layers):
        floating = network.layers[index]
        weight = np.vstack([floating.weight * unit, floating.bias])
        if index == 0:
            weight = np.vstack([floating.weight * (high - low),
                                floating.bias + low * floating.weight.sum(axis=0)])
        activation = floating.activation
        if activation is None:
            done = _output(config, layer, weight, x, targets[index])
        elif activation.kind == "relu":
            done = _relu(config, layer, weight, x, targets[index], activation)
        else:
            done = _hard_sigmoid(config, layer, weight, x, activation)
        fits.append(_fit(config, layer, done))
        pairs.append(done.pair)
        x, unit = done.y, done.scale
    engine.load(state_of(config, pairs))
    return _figures(network, engine, data, inputs, tuple(fits))


def _relu(config: Config, layer: Layer, weight: np.ndarray, x: np.ndarray, target: np.ndarray,
          activation: Activation) -> _Programmed:
    """Choose the scale a of a hidden layer: y / X = min(v / a, 1), so W = w 2^shift / a."""
    full, one = config.numbers.full, 2.0**layer.forward_shift
    largest = float(np.abs(weight).max()) or 1.0
    fitting = largest * one / config.design.weight_limit
    known: dict[float, tuple[float, _Programmed]] = {}

    def error(scale: float) -> float:
        if scale not in known:
            wanted = weight * (one / scale)
            wanted[-1] += one / 2 / full  # the shift rounds down; so it rounds to the nearest
            made = _program(config, layer, wanted, x, scale)
            known[scale] = float(((made.y * (scale / full) - target)**2).sum()), made
        return known[scale][0]

    def scale_of(step: int) -> float:
        return min(fitting * 2**(step / 4), activation.cap)

    best = min(_COARSE, key=lambda step: error(scale_of(step)))
    for distance in _FINE:
        best = min(best, best + distance, key=lambda step: error(scale_of(step)))
    return known[scale_of(best)][1]


def _hard_sigmoid(config: Config, layer: Layer, weight: np.ndarray, x: np.ndarray,
                  activation: Activation) -> _Programmed:
    """Program y / X = slope v + offset, where the hardware's own offset is one half."""
    slope, offset = activation.line
    wanted = weight * (slope * 2.0**layer.forward_shift)
    wanted[-1] += (offset - 0.5) * 2.0**layer.forward_shift
    return _program(config, layer, wanted, x, 1.0)


def _output(config: Config, layer: Layer, weight: np.ndarray, x: np.ndarray,
            target: np.ndarray) -> _Programmed:
    """Centre the outputs, and choose the scale of their weights: `target` are the logits of the
    network, (n, M)."""
    full, one = config.numbers.full, 2.0**layer.forward_shift
    lines = np.hstack([x / full, np.ones((len(x), 1))])
    centred = weight - _centre(lines, lines @ weight)[:, np.newaxis]
    largest = float(np.abs(centred).max()) or 1.0
    fitting = config.design.weight_limit / largest
    made = []
    for step in _OUTPUT:
        factor = fitting * 2**(step / 4)
        done = _program(config, layer, centred * factor, x, one / factor)
        made.append((_soft_cross_entropy(done.z / (full * factor), target), done))
    limit = min(loss for loss, _ in made) * _LOSS[0] + _LOSS[1]
    return [done for loss, done in made if loss <= limit][-1]


def _centre(lines: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """The vector v, (N + 1,), for which lines @ v is nearest to the middle between the two largest
    logits: by least squares, with a penalty on large v (ridge)."""
    middle = np.sort(logits, axis=1)[:, -2:].mean(axis=1)
    penalty = _RIDGE * len(lines) * np.eye(lines.shape[1])
    return np.linalg.solve(lines.T @ lines + penalty, lines.T @ middle)


def _soft_cross_entropy(logits: np.ndarray, target: np.ndarray) -> float:
    """The mean of -sum softmax(target) log softmax(logits); both (n, M)."""
    shares = np.exp(_log_softmax(target))
    return float(-(shares * _log_softmax(logits)).sum(axis=1).mean())


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _program(config: Config, layer: Layer, wanted: np.ndarray, x: np.ndarray,
             scale: float) -> _Programmed:
    """Program the pairs of `layer` to the `wanted` weights (N + 1, M), and compute `x`."""
    pair = programmed(config, layer, _rounded(config, wanted))
    weight = _expressed(config, layer, pair)
    z = forward_batch(weight, x, config.numbers.full)
    return _Programmed(pair=pair, weight=weight, z=z, scale=scale, wanted=wanted,
                       y=activate(z, layer, config.numbers.full))


def _rounded(config: Config, wanted: np.ndarray) -> np.ndarray:
    limit = config.design.weight_limit
    return np.floor(np.clip(wanted, -limit, limit) + 0.5).astype(np.int64)


def _expressed(config: Config, layer: Layer,
               pair: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """The weights of `layer` with the states `pair`."""
    return LayerSynapses(config, layer, state_of(config, [pair] * layer.number)).all.weight()


def _fit(config: Config, layer: Layer, done: _Programmed) -> LayerFit:
    limit = np.full(done.wanted.shape, config.design.weight_limit)
    lowest, highest = (_expressed(config, layer, programmed(config, layer, end))
                       for end in (-limit, limit))
    synapses = LayerSynapses(config, layer, state_of(config, [done.pair] * layer.number)).all
    stuck = (np.asarray(synapses.first.stuck) != MOVES) | (
        np.asarray(synapses.second.stuck) != MOVES)
    outside = (done.wanted > highest + 0.5) | (done.wanted < lowest - 0.5)
    return LayerFit(
        number=layer.number, synapses=done.wanted.size, scale=done.scale,
        beyond=int(outside.sum()), stuck=int(np.broadcast_to(stuck, outside.shape).sum()),
        error=float(np.sqrt(np.mean((done.weight - done.wanted)**2))))


def _figures(network: FloatNetwork, engine: GoldenEngine, data: DataSet,
             inputs: tuple[float, float], layers: tuple[LayerFit, ...]) -> Imported:
    """The network and the golden model, on the same samples."""
    low, high = inputs
    tested = "test" if len(data.x_test) else "train"
    pixels, labels = getattr(data, f"x_{tested}"), getattr(data, f"y_{tested}")
    last = engine.config.design.layers[-1]
    unit = layers[-1].scale / (engine.config.numbers.full * 2.0**last.forward_shift)
    totals = np.zeros(4)
    for start in range(0, len(pixels), _BATCH):
        part, true = pixels[start:start + _BATCH], labels[start:start + _BATCH]
        for column, logits in enumerate((
                network.forward(low + (high - low) * (part / 255))[-1],
                engine.sums(part) * unit)):
            totals[2 * column] += (logits.argmax(axis=1) == true).sum()
            totals[2 * column + 1] += cross_entropy(logits, true) * len(true)
    shares = (totals / len(pixels)).tolist()
    return Imported(state=engine.read(), layers=layers, tested=tested, samples=len(pixels),
                    float_accuracy=shares[0], float_loss=shares[1], accuracy=shares[2],
                    loss=shares[3])
