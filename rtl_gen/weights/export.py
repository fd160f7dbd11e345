"""Writing a state in formats that other programs read."""

import io
from pathlib import Path
from typing import Any

import numpy as np

from pulsetrain.device import learning_digest
from pulsetrain.errors import shown
from pulsetrain.extras import need
from pulsetrain.golden import GoldenEngine, State
from pulsetrain.spec import Config

from .network import Activation, WeightsError

FORMATS = (".onnx", ".npz")


def export(state: State, config: Config, path: Path) -> bytes:
    """The content of the file `path`, a name that `check_format` accepts, for `state`; equal
    states give equal bytes."""
    engine = GoldenEngine(config)
    engine.load(state)
    if path.suffix.lower() == ".npz":
        return _archive(engine, state)
    from .model import model_of

    return model_of(engine)


def check_format(path: Path) -> None:
    """Check, before any work, that `export` can make a file of this name.

    Raises:
        WeightsError: its name has another ending.
        ExtraMissingError: ONNX is not installed.
    """
    if path.suffix.lower() not in FORMATS:
        raise WeightsError(f"{path}: the name must end in {' or '.join(FORMATS)}, not in "
                           f"{shown(path.suffix)}")
    if path.suffix.lower() == ".onnx":
        need("weights", "an ONNX file")


def _archive(engine: GoldenEngine, state: State) -> bytes:
    """States, integer and real weights of every layer, as a NumPy archive
    (docs/how-to/pretrained.md)."""
    config = engine.config
    hidden_slope = 1 / Activation(kind="hard_sigmoid").slope
    arrays: dict[str, Any] = {}
    for layer, weight in zip(config.design.layers, engine.weights(), strict=True):
        number = layer.number
        arrays[f"plus_{number}"], arrays[f"minus_{number}"] = (
            state.plus[number - 1], state.minus[number - 1])
        if state.polarity:
            arrays[f"polarity_{number}"] = state.polarity[number - 1].astype(np.uint8)
        arrays[f"integer_{number}"] = weight.astype(np.int32)
        real = weight / 2.0**layer.forward_shift
        if config.network.activation == "hard_sigmoid" and not layer.is_output:
            real *= hidden_slope
        arrays[f"weight_{number}"], arrays[f"bias_{number}"] = real[:-1], real[-1]
    arrays["forward_shift"] = np.array([layer.forward_shift for layer in config.design.layers])
    arrays["activation_bits"] = np.array(config.numbers.activation_bits)
    if config.network.activation == "relu":
        arrays["clip"] = np.array(1.0)
    arrays["activation"] = np.array(config.network.activation)
    arrays["config"] = np.array(config.name)
    arrays["learning_digest"] = np.array(learning_digest(config))
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()
