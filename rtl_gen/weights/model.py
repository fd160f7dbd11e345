"""The golden model's forward pass as an ONNX graph that computes exactly its integers.

Every number is an integer, or an integer divided by a power of two, below 2^53 in magnitude. Such
numbers are exact in double precision, in any order of the sums.
"""

from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

from pulsetrain import __version__
from pulsetrain.device import learning_digest
from pulsetrain.golden import GoldenEngine

_OPSET, _IR = 13, 8
"""Old versions, which every runtime of today reads."""


def model_of(engine: GoldenEngine) -> bytes:
    """The ONNX file of `engine`'s configuration and state.

    Input `pixels`: (n, N) uint8. Outputs: `class`, (n,) int64, and `z`, the sums of the output
    layer, (n, M) int64. The metadata hold the name of the configuration and its learning digest.
    """
    config = engine.config
    full = config.numbers.full
    nodes, constants = [], []

    def constant(name: str, value: np.ndarray) -> str:
        constants.append(numpy_helper.from_array(value, name))
        return name

    def add(kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        node: NodeProto = helper.make_node(kind, inputs, [output], name=output, **attributes)
        nodes.append(node)
        return output

    value = "pixels"
    dropped = 8 - config.numbers.activation_bits
    if dropped:
        shift = helper.make_node("BitShift", [value, constant(
            "dropped_bits", np.array(dropped, np.uint8))], ["x"], name="x", direction="RIGHT")
        nodes.append(shift)
        value = "x"
    value = add("Cast", [value], "input", to=TensorProto.DOUBLE)
    constant("zero", np.array(0.0))
    constant("full", np.array(float(full)))
    for layer, weight in zip(config.design.layers, engine.weights(), strict=True):
        number = layer.number
        weights = add("Cast", [constant(f"weight_{number}", weight[:-1].astype(np.int16))],
                      f"double_{number}", to=TensorProto.DOUBLE)
        value = add("MatMul", [value, weights], f"product_{number}")
        value = add("Add", [value, constant(f"bias_{number}", full * weight[-1].astype(float))],
                    f"sum_{number}")
        if layer.is_output:
            break
        value = add("Mul", [value, constant(f"unit_{number}", np.array(
            2.0**-layer.forward_shift))], f"shifted_{number}")
        value = add("Floor", [value], f"floor_{number}")
        if layer.offset:
            value = add("Add", [value, constant(f"offset_{number}", np.array(float(
                layer.offset)))], f"above_{number}")
        value = add("Clip", [value, "zero", "full"], f"activation_{number}")
    add("Cast", [value], "z", to=TensorProto.INT64)
    add("ArgMax", [value], "class", axis=1, keepdims=0)
    graph = helper.make_graph(
        nodes, config.name,
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", config.network.inputs])],
        [helper.make_tensor_value_info("class", TensorProto.INT64, ["n"]),
         helper.make_tensor_value_info("z", TensorProto.INT64, ["n", config.network.outputs])],
        constants)
    model: ModelProto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR,
        producer_name="pulsetrain", producer_version=__version__)
    helper.set_model_props(model, {"config": config.name,
                                   "learning_digest": learning_digest(config)})
    checker.check_model(model)
    return model.SerializeToString(deterministic=True)
