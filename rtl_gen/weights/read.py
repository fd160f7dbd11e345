"""Reading a floating-point network from a file; nothing in it is executed."""

from pathlib import Path

import numpy as np

from pulsetrain.data import Archive
from pulsetrain.data.archive import LIMIT
from pulsetrain.errors import cut, shown
from pulsetrain.extras import need
from pulsetrain.files import read_bytes
from pulsetrain.spec import Config

from .arrays import network_of, with_clip
from .network import FloatNetwork, WeightsError

SUFFIXES = (".npz", ".safetensors", ".onnx")

_PICKLES = {".pt", ".pth", ".pkl", ".pickle", ".joblib", ".bin", ".ckpt", ".mar"}

_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}
"""Types of safetensors that NumPy has."""


def read_network(path: Path, config: Config | None = None) -> FloatNetwork:
    """The network in the file `path`: .npz, .safetensors or .onnx, by its name.

    Only an ONNX file says which activation the hidden units have. `config` decides between two
    orientations of the weights that are both possible.

    Raises:
        WeightsError: the file cannot be read, or is not a multilayer perceptron.
        ExtraMissingError: the format needs a package that is not installed.
    """
    suffix = path.suffix.lower()
    if suffix in _PICKLES:
        raise WeightsError(
            f"{path}: is never opened, because files of this kind are pickles, which can run any "
            "program; in PyTorch, save the weights with safetensors.torch.save_file("
            "model.state_dict(), 'weights.safetensors'), otherwise with numpy.savez")
    if suffix not in SUFFIXES:
        raise WeightsError(f"{path}: the name must end in {', '.join(SUFFIXES[:-1])} or "
                           f"{SUFFIXES[-1]}, which says what it holds, not in {shown(suffix)}")
    if suffix == ".onnx":
        need("weights", "an ONNX file")
        from .graph import read_graph

        return read_graph(path)
    if suffix == ".npz":
        archive = Archive(path, ".npz archive", WeightsError)
        if {"generator", "plus_1"} <= archive.keys():
            raise WeightsError(f"{path}: is a checkpoint, which --resume takes as it is")
        shapes = {name: form.shape for name, form in archive.forms.items()}
        network = network_of(str(path), shapes, archive.__getitem__, config)
        return with_clip(network, archive["clip"]) if "clip" in archive else network
    need("weights", "a file in safetensors format")
    return _safetensors(path, config)


def _safetensors(path: Path, config: Config | None) -> FloatNetwork:
    """The network in a safetensors file."""
    from safetensors import SafetensorError, deserialize

    content = read_bytes(path, "file in safetensors format", WeightsError, limit=LIMIT)
    try:
        tensors = dict(deserialize(content))
    except SafetensorError as error:
        raise WeightsError(f"{path}: is not a complete file in safetensors format: "
                           f"{cut(str(error), 200)}") from None

    def array(name: str) -> np.ndarray:
        kind, data = tensors[name]["dtype"], bytes(tensors[name]["data"])
        if kind == "BF16":  # the upper half of a float32
            values = np.frombuffer(data, "<u2").astype(np.uint32) << 16
            return values.view(np.float32).reshape(tensors[name]["shape"])
        if kind not in _TYPES:
            raise WeightsError(f"{path}: {shown(name)} must have one of the types BF16, "
                               f"{', '.join(_TYPES)}, not {cut(kind)}")
        return np.frombuffer(data, _TYPES[kind]).reshape(tensors[name]["shape"])

    return network_of(str(path), {name: tuple(tensor["shape"]) for name, tensor in tensors.items()},
                      array, config)
