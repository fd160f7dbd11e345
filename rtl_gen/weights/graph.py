"""Reading a multilayer perceptron from an ONNX graph."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from re import fullmatch
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError

from pulsetrain.data.archive import LIMIT
from pulsetrain.errors import cut, printable, shown
from pulsetrain.files import read_bytes

from .model import PRODUCER, SHIFTS, nodes_of
from .network import Activation, FloatLayer, FloatNetwork, WeightsError, check_shape

_PASSING = {"Cast", "Dropout", "Flatten", "Identity", "Reshape", "Squeeze"}
"""Operators that change no value on the way through a perceptron."""

_ENDING = {"ArgMax", "LogSoftmax", "Sigmoid", "Softmax", "ZipMap"}
"""Operators behind the last layer, which keep the order of its outputs. What follows them is
ignored."""

_MATRICES = {"Conv", "ConvTranspose", "GRU", "Gemm", "LSTM", "MatMul", "RNN"}

_ALLOWED = ("Gemm, or MatMul and Add, with constant weights, and Relu, Clip from 0, Sigmoid or "
            "HardSigmoid between them")

_TYPES = {onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE, onnx.TensorProto.FLOAT16,
          onnx.TensorProto.BFLOAT16, onnx.TensorProto.INT8, onnx.TensorProto.UINT8,
          onnx.TensorProto.INT16, onnx.TensorProto.INT32, onnx.TensorProto.INT64}

MOST_NODES = 1000


def read_graph(path: Path) -> FloatNetwork:
    """The network in the ONNX file `path`, as PyTorch, Keras and scikit-learn export it.

    The graph is a chain of Gemm, or of MatMul and Add, with Relu, Clip, Sigmoid or HardSigmoid
    between them. Weights are initializers or constants, also in a file beside `path`. What changes
    no value (Flatten, Cast, Dropout ...) may be anywhere, and Softmax or ArgMax at the end. A file
    that `export` wrote is read as the network of real numbers that it computes, but for rounding,
    from inputs of 0 to 1.

    Raises:
        WeightsError: the file cannot be read, or the graph is not such a chain; the message names
            the node.
    """
    content = read_bytes(path, "ONNX file", WeightsError, limit=LIMIT)
    try:
        model = onnx.ModelProto.FromString(content)
    except DecodeError:
        raise WeightsError(f"{path}: is not a complete ONNX file") from None
    graph = model.graph
    if not graph.node:
        raise WeightsError(f"{path}: is not an ONNX file with a graph: it has no node")
    if len(graph.node) > MOST_NODES:
        raise WeightsError(f"{path}: its graph must have at most {MOST_NODES:,} nodes, not "
                           f"{len(graph.node):,}")
    if not all(isinstance(text, str) for text in _texts(graph)):
        raise WeightsError(f"{path}: is not an ONNX file: a name in it is not UTF-8")
    chain = _Chain(path, graph)
    shifts = {entry.key: entry.value for entry in model.metadata_props}.get(SHIFTS, "")
    if model.producer_name == PRODUCER and chain.is_export():
        return chain.exported(shifts)
    return chain.network()


def _texts(graph: Any) -> Iterator[Any]:
    """The names in a graph; those that are not UTF-8 are bytes."""
    tensors = [*graph.initializer]
    for node in graph.node:
        yield from (node.name, node.op_type, *node.input, *node.output)
        tensors += [attribute.t for attribute in node.attribute]
    for tensor in tensors:
        yield tensor.name
        for entry in tensor.external_data:
            yield from (entry.key, entry.value)
    yield from (value.name for value in graph.input)


@dataclass
class _Found:
    """The layers that have been found; `open` while the last one may still get a bias."""

    layers: list[FloatLayer] = field(default_factory=list)
    open: bool = False

    def start(self, weight: np.ndarray, bias: np.ndarray) -> None:
        self.layers.append(FloatLayer(weight=weight, bias=bias))
        self.open = True

    def change(self, **changes: Any) -> None:
        self.layers[-1] = replace(self.layers[-1], **changes)


class _Chain:
    """One graph: the values that are constant, and the chain from its input."""

    def __init__(self, path: Path, graph: Any) -> None:
        self._path, self._graph = path, graph
        self._tensors = {tensor.name: tensor for tensor in graph.initializer}
        self._makers = {name: node for node in graph.node for name in node.output}
        self._external = cache(self._read_external)

    def is_export(self) -> bool:
        """Whether the graph has the nodes that `export` writes."""
        return list(self._graph.node) == nodes_of(self._tensors)

    def exported(self, shifts: str) -> FloatNetwork:
        """The network of a graph that `export` wrote; `shifts` are those of its layers.

        Raises:
            WeightsError: a constant is missing or cannot be used.
        """
        names = [f"weight_{number}" for number in range(1, 1 + sum(
            node.op_type == "MatMul" for node in self._graph.node))]
        if not fullmatch(r"\d\d?(,\d\d?)*", shifts) or shifts.count(",") != len(names) - 1:
            raise WeightsError(f"{self._path}: its metadata {SHIFTS} must be {len(names)} shifts "
                               f"with commas between them, not {shown(shifts)}")
        full = self._exported("full", ())
        if not full > 0:
            raise WeightsError(f"{self._path}: the tensor 'full' must be positive, not {full:g}")
        layers = []
        for number, shift in enumerate(shifts.split(","), 1):
            weight = self._exported(f"weight_{number}", (None, None)) / 2.0**int(shift)
            bias = self._exported(f"bias_{number}", (weight.shape[1],)) / full / 2.0**int(shift)
            activation = None
            if number < len(names):
                activation = Activation(kind="relu", cap=1.0)
                if f"offset_{number}" in self._tensors:
                    activation = Activation(kind="hard_sigmoid", slope=1.0, offset=float(
                        self._exported(f"offset_{number}", ()) / full))
            layers.append(FloatLayer(weight=weight, bias=bias, activation=activation))
        return FloatNetwork(source=str(self._path), layers=tuple(layers))

    def _exported(self, name: str, shape: tuple[int | None, ...]) -> np.ndarray:
        """The constant `name` of `shape`, None for any size."""
        if name not in self._tensors:
            raise WeightsError(f"{self._path}: has no tensor {shown(name)}")
        array = self._array(self._tensors[name])
        if len(array.shape) != len(shape) or any(
                size not in (None, found) for size, found in zip(shape, array.shape, strict=True)):
            raise WeightsError(f"{self._path}: the tensor {shown(name)} has the shape "
                               f"{shown(array.shape)}, which no export has")
        return array

    def network(self) -> FloatNetwork:
        """Follow the chain.

        Raises:
            WeightsError: it is not a multilayer perceptron.
        """
        inputs = [value.name for value in self._graph.input if value.name not in self._tensors]
        if len(inputs) != 1:
            raise WeightsError(f"{self._path}: the graph must have one input, not {len(inputs)}")
        value, found, used, steps = inputs[0], _Found(), 0, 0
        while node := self._reader(value, bool(found.layers)):
            if node.op_type in _ENDING and found.layers and not self._continues(node):
                break
            used, steps = used + (node.op_type in _MATRICES), steps + 1
            if not node.output or steps > len(self._graph.node):
                raise self._refusal(node, "it must have an output, which leads to the end")
            self._add(node, value, found)
            value = node.output[0]
        matrices = [node for node in self._graph.node if node.op_type in _MATRICES]
        if not found.layers or len(matrices) > used:
            raise WeightsError(
                f"{self._path}: the graph must be one chain of {_ALLOWED}; {used} of its "
                f"{len(matrices)} layers are in the chain from its input "
                f"{shown(inputs[0])}, which ends at {shown(value)}")
        last = found.layers[-1]
        if last.activation:
            found.change(activation=None)
            if last.activation.kind == "relu":
                raise WeightsError(f"{self._path}: the outputs must be logits or probabilities, "
                                   "but the graph ends with a Relu or a Clip")
        return FloatNetwork(source=str(self._path), layers=tuple(found.layers))

    def _reader(self, value: str, branches: bool) -> Any:
        """The node that reads `value`; None at the end. Behind a layer, an output can be read by
        several nodes, of which the one that ends the chain counts."""
        readers = [node for node in self._graph.node if value in node.input]
        if not readers:
            return None
        ending = [node for node in readers if node.op_type in _ENDING]
        if len(readers) > 1 and not (branches and len(ending) == len(readers)):
            raise self._refusal(readers[1], f"the value {shown(value)} is read by "
                                f"{len(readers)} nodes, which is no chain")
        return readers[0]

    def _continues(self, node: Any) -> bool:
        """Whether a layer follows `node`, so that it is an activation."""
        value, following = node.output[0] if node.output else "", 0
        for _ in range(len(self._graph.node)):
            readers = [reader for reader in self._graph.node if value in reader.input]
            if len(readers) != 1 or not readers[0].output:
                return False
            following += readers[0].op_type in _MATRICES
            if following:
                return True
            value = readers[0].output[0]
        return False

    def _add(self, node: Any, value: str, found: _Found) -> None:
        """Add `node`, which reads `value`, to what was found."""
        match node.op_type:
            case kind if kind in _PASSING:
                if node.input[0] != value:
                    raise self._refusal(node, "it must read the chain first")
            case "Gemm" | "MatMul" if found.layers and not found.layers[-1].activation:
                raise self._refusal(node, "there must be an activation between two layers")
            case "Gemm":
                self._gemm(node, value, found)
            case "MatMul":
                if len(node.input) != 2 or node.input[0] != value:
                    raise self._refusal(node, "its first input must be the layer before it")
                weight = self._constant(node, 1, dimensions=2)
                found.start(weight, np.zeros(weight.shape[1]))
            case "Add" if found.open and len(node.input) == 2:
                added = self._constant(node, 0 if node.input[1] == value else 1)
                found.change(bias=found.layers[-1].bias
                             + self._bias(node, added, found.layers[-1].bias.shape[0]))
            case "Relu" if found.open:
                found.change(activation=Activation(kind="relu"))
                found.open = False
            case "Clip" if found.open:
                found.change(activation=self._clip(node))
                found.open = False
            case "Sigmoid" if found.open:
                found.change(activation=Activation(kind="sigmoid"))
                found.open = False
            case "HardSigmoid" if found.open:
                found.change(activation=Activation(
                    kind="hard_sigmoid", slope=self._number(node, "alpha", 0.2),
                    offset=self._number(node, "beta", 0.5)))
                found.open = False
            case _ if not found.layers:
                raise self._refusal(node, f"before the first layer only {_PASSING_TEXT} are "
                                    "possible; leave it out, and say with --inputs LOW:HIGH which "
                                    "values the network gets")
            case _:
                raise self._refusal(node, f"only {_ALLOWED} are possible")

    def _gemm(self, node: Any, value: str, found: _Found) -> None:
        if len(node.input) < 2 or node.input[0] != value or self._number(node, "transA", 0):
            raise self._refusal(node, "its first input must be the layer before it, not transposed")
        weight = self._constant(node, 1, dimensions=2) * self._number(node, "alpha", 1.0)
        if self._number(node, "transB", 0):
            weight = weight.T
        bias = np.zeros(weight.shape[1])
        if len(node.input) > 2 and node.input[2]:
            bias = bias + self._number(node, "beta", 1.0) * self._bias(
                node, self._constant(node, 2), weight.shape[1])
        found.start(weight, bias)

    def _bias(self, node: Any, array: np.ndarray, outputs: int) -> np.ndarray:
        if array.size not in (1, outputs):
            raise self._refusal(node, f"it adds a constant of shape {array.shape} to {outputs} "
                                "outputs")
        return np.broadcast_to(array.reshape(-1), (outputs,))

    def _clip(self, node: Any) -> Activation:
        low, high = (float(self._constant(node, index).reshape(-1)[0])
                     if len(node.input) > index and node.input[index]
                     and self._constant(node, index).size == 1
                     else self._number(node, name, default)
                     for index, name, default in ((1, "min", -np.inf), (2, "max", np.inf)))
        if low != 0 or not high > 0:
            raise self._refusal(node, f"it must clip to 0 and a positive number, not to {low:g} "
                                f"and {high:g}")
        return Activation(kind="relu", cap=high)

    def _number(self, node: Any, name: str, default: float) -> float:
        """The number that the attribute `name` holds."""
        for attribute in node.attribute:
            if attribute.name == name:
                found = float(attribute.f if attribute.type == onnx.AttributeProto.FLOAT
                              else attribute.i)
                if not np.isfinite(found):
                    raise self._refusal(node, f"its attribute {name} must be finite, not {found}")
                return found
        return default

    def _constant(self, node: Any, index: int, dimensions: int | None = None) -> np.ndarray:
        """The constant that is input `index` of `node`, float64."""
        array = self._value(node, node.input[index], 0)
        if dimensions is not None and array.ndim != dimensions:
            raise self._refusal(node, f"its weights must have {dimensions} dimensions, not the "
                                f"shape {array.shape}")
        return array

    def _value(self, node: Any, name: str, depth: int) -> np.ndarray:
        """The constant `name`, an input of `node`."""
        if name in self._tensors:
            return self._array(self._tensors[name])
        maker = self._makers.get(name)
        if maker is None or depth > 10:
            raise self._refusal(node, f"its input {shown(name)} must be a constant")
        if maker.op_type == "Constant":
            for attribute in maker.attribute:
                if attribute.name == "value":
                    return self._array(attribute.t)
                if attribute.name in ("value_float", "value_floats"):
                    return np.array(attribute.floats or attribute.f, np.float64)
        if maker.op_type in ("Cast", "Identity", "Transpose") and maker.input:
            array = self._value(maker, maker.input[0], depth + 1)
            if maker.op_type == "Transpose":
                order = [*self._integers(maker, "perm")]
                if order not in ([], [1, 0]) or array.ndim != 2:
                    raise self._refusal(maker, "it must transpose a matrix")
                return array.T
            return array
        raise self._refusal(maker, f"it makes {shown(name)}, which must be a constant")

    @staticmethod
    def _integers(node: Any, name: str) -> Iterable[int]:
        return next((attribute.ints for attribute in node.attribute if attribute.name == name), ())

    def _array(self, tensor: Any) -> np.ndarray:
        """The values of `tensor`, float64."""
        name = shown(tensor.name)
        if tensor.data_type not in _TYPES:
            raise WeightsError(f"{self._path}: the tensor {name} must hold real numbers or "
                               f"integers, not the ONNX type {tensor.data_type}")
        if any(size < 0 for size in tensor.dims):
            raise WeightsError(f"{self._path}: the tensor {name} has the shape "
                               f"{shown(tuple(tensor.dims))}")
        check_shape(str(self._path), tensor.name, tuple(tensor.dims))
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            data = self._external_data(tensor)
            tensor = onnx.TensorProto(name=tensor.name, data_type=tensor.data_type,
                                      dims=tensor.dims, raw_data=data)
        try:
            return onnx.numpy_helper.to_array(tensor).astype(np.float64)
        except (ValueError, TypeError, OverflowError) as error:
            raise WeightsError(f"{self._path}: the tensor {name} has not as many values as its "
                               f"shape {shown(tuple(tensor.dims))} says: "
                               f"{cut(printable(str(error)))}") from None

    def _external_data(self, tensor: Any) -> bytes:
        """The bytes of a tensor in another file, which must be in the folder of the ONNX file."""
        entries = {entry.key: entry.value for entry in tensor.external_data}
        content = self._external(entries.get("location", ""))
        try:
            start = int(entries.get("offset", "0"))
            length = int(entries.get("length", str(len(content) - start)))
        except ValueError:
            start = length = -1
        if start < 0 or not 0 <= length <= len(content) - start:
            raise WeightsError(f"{self._path}: the tensor {shown(tensor.name)} must be within the "
                               f"{len(content):,} bytes of its file "
                               f"{shown(entries.get('location', ''))}")
        return content[start:start + length]

    def _read_external(self, location: str) -> bytes:
        folder = self._path.resolve().parent
        try:
            inside = bool(location) and (folder / location).resolve().parent == folder
        except (OSError, ValueError, RuntimeError):
            inside = False
        if not inside:
            raise WeightsError(f"{self._path}: its weights must be in the same folder, not in "
                               f"{shown(location)}")
        return read_bytes(folder / location, "file of weights", WeightsError, limit=LIMIT)

    def _refusal(self, node: Any, reason: str) -> WeightsError:
        name = shown(node.name or (node.output[0] if node.output else ""))
        return WeightsError(f"{self._path}: the node {name} ({cut(printable(node.op_type), 40)}) "
                            f"cannot be imported: {reason}")


_PASSING_TEXT = ", ".join(sorted(_PASSING))
