"""Weights of other programs in, and learned states out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pulsetrain.errors import shown
from pulsetrain.files import write_atomically
from pulsetrain.run import CHECKPOINT, Checkpoint, read_checkpoint, write_checkpoint
from pulsetrain.spec import Config, builtin_names
from pulsetrain.weights import (
    FloatNetwork,
    LayerFit,
    WeightsError,
    export,
    import_network,
    network_of,
    read_network,
)
from pulsetrain.weights.export import check_format
from pulsetrain.weights.network import ACTIVATIONS, LARGEST

from .inputs import ArgumentError, ConfigSource, DataSource, data_for, load_config

if TYPE_CHECKING:
    from .start import Start

WeightsSource = str | Path | Mapping[str, np.ndarray]
"""A file, or arrays by name."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ImportedWeights:
    """Pairs that were programmed to the weights of a floating-point network.

    `checkpoint` is the state, before the first sample of a training: `train` and `Trainer` begin
    with it, and `save` writes it. `accuracy` (0..1) and `loss` (cross entropy) are those of the
    golden model, `float_accuracy` and `float_loss` those of the network itself, on the `samples`
    samples `tested`: "test", or "train" if there are no others. `layers` says for each layer which
    scale it has and how exactly it was programmed.
    """

    checkpoint: Checkpoint
    float_accuracy: float
    float_loss: float
    accuracy: float
    loss: float
    tested: str
    samples: int
    layers: tuple[LayerFit, ...]

    def save(self, path: str | Path) -> None:
        """Write the checkpoint (.npz).

        Raises:
            OSError: it cannot be written.
        """
        write_checkpoint(Path(path), self.checkpoint)


def import_weights(source: WeightsSource, config: ConfigSource | None = None,
                   data: DataSource | None = None, *, inputs: tuple[float, float] = (0.0, 1.0),
                   activation: str | None = None, validation: int = 0) -> ImportedWeights:
    """Program pairs of devices to the weights of a network that another program trained.

    Every device is programmed by its own tables. Each layer gets the scale that suits it best,
    which does not change what a `relu` network computes; docs/how-to/pretrained.md explains how.

    Args:
        source: a file (.npz, .safetensors or .onnx), or arrays by name: a matrix of weights and a
            vector of biases for each layer, (inputs, outputs) or as in PyTorch.
        config: the configuration, in any form that `load_config` takes; by default the built-in
            one whose network has the same sizes. If there are several, the one with most levels; a
            configuration for the special memory of one FPGA only if there is no other.
        data: the data set, in any form that `load_data` takes; by default the configuration's.
            Scales are chosen on its first training samples.
        inputs: what the network was given for a pixel of 0 and of 255.
        activation: the function of its hidden units, if the file does not say it: "relu",
            "hard_sigmoid" (with PyTorch's slope of 1/6) or "sigmoid", which is approximated; by
            default the configuration's.
        validation: number of training samples that are held out in the training that follows.

    Returns:
        The state as a checkpoint, and accuracy and loss before and after.

    Raises:
        WeightsError: the weights cannot be used, or do not fit the configuration.
        ConfigError, DataError: configuration or data cannot be used, or do not fit each other.
        ArgumentError: `inputs` or `activation` is not possible.
        ExtraMissingError: the format needs a package that is not installed.

    Examples:
        >>> import numpy as np, pulsetrain
        >>> random = np.random.default_rng(1)
        >>> weights = {"weight_1": random.normal(0, 0.1, (64, 32)), "bias_1": np.zeros(32),
        ...            "weight_2": random.normal(0, 0.2, (32, 10)), "bias_2": np.zeros(10)}
        >>> imported = pulsetrain.import_weights(weights, "digits")
        >>> abs(imported.accuracy - imported.float_accuracy) < 0.05
        True
        >>> history = pulsetrain.train("digits", epochs=1, resume=imported.checkpoint)
    """
    low, high = inputs
    if not (isfinite(low) and isfinite(high) and low != high
            and max(abs(low), abs(high)) <= LARGEST):
        raise ArgumentError("inputs must be two different finite numbers of at most "
                            f"{LARGEST:g}, what the network gets for the pixels 0 and 255, not "
                            f"{low:g} and {high:g}")
    if activation is not None and activation not in ACTIVATIONS:
        raise ArgumentError(f"activation must be one of {', '.join(ACTIVATIONS)}, not "
                            f"{shown(activation)}")
    loaded = None if config is None else load_config(config)
    network = _network(source, loaded).with_two_outputs()
    if loaded is None:
        loaded = _builtin(network)
    network = network.activated(ACTIVATIONS[activation or loaded.network.activation])
    network.check_fits(loaded)
    chosen = data_for(loaded, data).split(validation)[0]
    result = import_network(network, loaded, chosen, (low, high))
    return ImportedWeights(
        checkpoint=Checkpoint(state=result.state, epoch=0, position=0, config=loaded,
                              validation=validation),
        float_accuracy=result.float_accuracy, float_loss=result.float_loss,
        accuracy=result.accuracy, loss=result.loss, tested=result.tested, samples=result.samples,
        layers=result.layers)


def export_weights(source: Start, path: str | Path) -> None:
    """Write a learned state in a format that other programs read.

    An ONNX file (.onnx) computes exactly what the golden model computes: its input `pixels` is
    (n, N) uint8, its outputs are `class`, (n,) int64, and `z`, the sums of the output layer. A
    NumPy archive (.npz) holds states, integer weights, and real weights for a floating-point
    network (docs/how-to/pretrained.md).

    Args:
        source: a history, a run folder, or a checkpoint or its file (.npz).
        path: the file to write; its ending decides.

    Raises:
        CheckpointError, HistoryError: `source` cannot be used.
        WeightsError: the name of the file has another ending.
        ExtraMissingError: ONNX is not installed.
        OSError: the file cannot be written.

    Examples:
        >>> import pulsetrain
        >>> pulsetrain.export_weights(pulsetrain.train("digits", epochs=1), "digits.npz")
        >>> import numpy as np
        >>> np.load("digits.npz")["weight_1"].shape
        (64, 32)
    """
    check_format(Path(path))
    point = checkpoint_of(source)
    write_atomically(Path(path), export(point.state, point.config, Path(path)))


def checkpoint_of(source: Start) -> Checkpoint:
    """The checkpoint `source`, with the configuration that it was made with.

    Raises:
        CheckpointError, HistoryError: it cannot be used.
    """
    if isinstance(source, Checkpoint):
        return source
    if not isinstance(source, str | Path):
        return source.checkpoint
    path = Path(source)
    return read_checkpoint(path / CHECKPOINT if path.is_dir() else path)


def _network(source: WeightsSource, config: Config | None) -> FloatNetwork:
    if isinstance(source, str | Path):
        return read_network(Path(source), config)
    arrays = {name: np.asarray(array) for name, array in source.items()}
    return network_of("the weights", {name: array.shape for name, array in arrays.items()},
                      arrays.__getitem__, config)


def builtins_of(sizes: tuple[int, ...]) -> list[Config]:
    """The built-in configurations whose network has these sizes: those with the most levels first,
    and those for the special memories of one FPGA last."""
    fitting = [config for config in map(load_config, builtin_names())
               if (config.network.inputs, *config.network.hidden, config.network.outputs) == sizes]
    return sorted(fitting, key=lambda config: (
        -config.device.levels, config.engine.single_port, config.name))


def _builtin(network: FloatNetwork) -> Config:
    """The built-in configuration for `network`."""
    if fitting := builtins_of(network.sizes):
        return fitting[0]
    raise WeightsError(f"{network.source}: no built-in configuration has a network of "
                       f"{'-'.join(map(str, network.sizes))} units; give a configuration that has")
