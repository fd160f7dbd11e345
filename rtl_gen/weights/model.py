"""The golden model's forward pass as an ONNX graph that computes exactly its integers.

Every number is an integer, or an integer divided by a power of two, below 2^53 in magnitude. Such
numbers are exact in double precision, in any order of the sums.
"""

from collections.abc import Container
from itertools import count
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

from pulsetrain import __version__
from pulsetrain.device import learning_digest
from pulsetrain.golden import GoldenEngine

_OPSET, _IR = 13, 8
"""Old versions, which every runtime of today reads."""

PRODUCER = "pulsetrain"
SHIFTS = "forward_shift"
"""Name of the metadata that hold the shifts of all layers."""


def model_of(engine: GoldenEngine) -> bytes:
    """The ONNX file of `engine`'s configuration and state.

    Input `pixels`: (n, N) uint8. Outputs: `class`, (n,) int64, and `z`, the sums of the output
    layer, (n, M) int64. The metadata hold the name of the configuration, its learning digest, and
    the shift of every layer.
    """
    config = engine.config
    full, layers = config.numbers.full, config.design.layers
    dropped = 8 - config.numbers.activation_bits
    constants = {"zero": np.array(0.0), "full": np.array(float(full))}
    if dropped:
        constants["dropped_bits"] = np.array(dropped, np.uint8)
    for layer, weight in zip(layers, engine.weights(), strict=True):
        constants[f"weight_{layer.number}"] = weight[:-1].astype(np.int16)
        constants[f"bias_{layer.number}"] = full * weight[-1].astype(float)
        if not layer.is_output:
            constants[f"unit_{layer.number}"] = np.array(2.0**-layer.forward_shift)
            if layer.offset:
                constants[f"offset_{layer.number}"] = np.array(float(layer.offset))
    graph = helper.make_graph(
        nodes_of(constants), config.name,
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", config.network.inputs])],
        [helper.make_tensor_value_info("class", TensorProto.INT64, ["n"]),
         helper.make_tensor_value_info("z", TensorProto.INT64, ["n", config.network.outputs])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()])
    model: ModelProto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR,
        producer_name=PRODUCER, producer_version=__version__)
    helper.set_model_props(model, {"config": config.name,
                                   "learning_digest": learning_digest(config),
                                   SHIFTS: ",".join(str(layer.forward_shift) for layer in layers)})
    checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def nodes_of(constants: Container[str]) -> list[NodeProto]:
    """The nodes of the graph whose constants have the names in `constants`."""
    nodes: list[NodeProto] = []

    def add(kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    value = "pixels"
    if "dropped_bits" in constants:
        value = add("BitShift", [value, "dropped_bits"], "x", direction="RIGHT")
    value = add("Cast", [value], "input", to=TensorProto.DOUBLE)
    for number in count(1):
        weights = add("Cast", [f"weight_{number}"], f"double_{number}", to=TensorProto.DOUBLE)
        value = add("MatMul", [value, weights], f"product_{number}")
        value = add("Add", [value, f"bias_{number}"], f"sum_{number}")
        if f"weight_{number + 1}" not in constants:
            break
        value = add("Mul", [value, f"unit_{number}"], f"shifted_{number}")
        value = add("Floor", [value], f"floor_{number}")
        if f"offset_{number}" in constants:
            value = add("Add", [value, f"offset_{number}"], f"above_{number}")
        value = add("Clip", [value, "zero", "full"], f"activation_{number}")
    add("Cast", [value], "z", to=TensorProto.INT64)
    add("ArgMax", [value], "class", axis=1, keepdims=0)
    return nodes
