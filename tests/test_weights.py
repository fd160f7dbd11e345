"""Weights in and out: every format, what is refused, and that all machines go on from the pairs."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file
from small import EVERYTHING, METHODS, small_config, small_data

import pulsetrain
from pulsetrain.compiled import make_engine
from pulsetrain.face.weights import builtins_of
from pulsetrain.golden import GoldenEngine
from pulsetrain.run import CheckpointError, read_checkpoint, write_checkpoint
from pulsetrain.run.divergence import state_differences
from pulsetrain.weights import Activation, WeightsError, export, read_network

MODEL = "model.onnx"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def drawn(*sizes, seed=1):
    """Weights (N, M) and biases (M,) of a network of these sizes, float32."""
    random = np.random.default_rng(seed)
    return [(random.normal(0, 1, (rows, columns)).astype(np.float32),
             random.normal(0, 0.3, columns).astype(np.float32))
            for rows, columns in pairwise(sizes)]


def logits(layers, x, activation=lambda v: np.maximum(v, 0)):
    """The network computed once more, plainly."""
    for weight, bias in layers[:-1]:
        x = activation(x @ weight + bias)
    return x @ layers[-1][0] + layers[-1][1]


@pytest.fixture(scope="module")
def digits():
    """(data, layers) of a network that scikit-learn trained on the digits."""
    from sklearn.neural_network import MLPClassifier  # 1 s, which every other file would wait for

    data = pulsetrain.load_data("digits")
    model = MLPClassifier((32,), max_iter=20, random_state=1, batch_size=32)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        model.fit(data.x_train / 255, data.y_train)
    return data, list(zip(model.coefs_, model.intercepts_, strict=True))


def named(layers):
    return {f"{key}_{number}": array for number, pair in enumerate(layers, 1)
            for key, array in zip(("weight", "bias"), pair, strict=True)}


# Into pairs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("settings", "lost"), [
    ({}, 0.006), ({"update.method": "bidirectional"}, 0.006), ({"update.method": "single"}, 0.006),
    ({"device.levels": 16}, 0.03), ({"device.preset": "hzo-fefet"}, 0.02),
    ({"numbers.activation_bits": 6, "numbers.forward_shift": 7, "update.row_threshold": 31}, 0.01),
    ({"variation.step": 0.3, "variation.range": 0.2, "variation.stuck_low": 0.01}, 0.03)])
def test_pairs_read_digits_as_the_network_does(digits, settings, lost):
    data, layers = digits
    config = pulsetrain.load_config("digits", settings=settings)
    imported = pulsetrain.import_weights(named(layers), config)
    classes = logits(layers, data.x_test / 255).argmax(axis=1)
    assert imported.float_accuracy == np.mean(classes == data.y_test) > 0.95
    assert imported.accuracy >= imported.float_accuracy - lost
    assert abs(imported.loss - imported.float_loss) < 0.1
    engine = GoldenEngine(config)
    engine.load(imported.checkpoint.state)
    assert imported.accuracy == 1 - engine.infer(data.x_test, data.y_test).errors.mean()
    assert (imported.tested, imported.samples) == ("test", 360)


@pytest.mark.parametrize("activation", ["hard_sigmoid", "sigmoid"])
def test_sigmoid_networks_are_imported_too(activation):
    data = pulsetrain.load_data("digits")
    layers = drawn(64, 32, 10)
    function = Activation(kind=activation)
    classes = logits(layers, data.x_test / 255, function).argmax(axis=1)
    config = pulsetrain.load_config("digits", settings={"network.activation": "hard_sigmoid"})
    imported = pulsetrain.import_weights(named(layers), config, activation=activation)
    engine = GoldenEngine(config)
    engine.load(imported.checkpoint.state)
    same = np.mean(engine.infer(data.x_test, data.y_test).classes == classes)
    assert same > (0.97 if activation == "hard_sigmoid" else 0.7)


def test_inputs_of_another_range_are_folded_into_the_weights(digits):
    _, layers = digits
    low, high = -0.4242, 2.8215
    (weight, bias), last = layers
    shifted = [(weight / (high - low), bias - low * weight.sum(axis=0) / (high - low)), last]
    same = pulsetrain.import_weights(named(layers), "digits")
    moved = pulsetrain.import_weights(named(shifted), "digits", inputs=(low, high))
    assert moved.float_accuracy == same.float_accuracy
    assert abs(moved.accuracy - same.accuracy) < 0.01
    assert pulsetrain.import_weights(named(shifted), "digits").float_accuracy < 0.9


def test_the_scale_of_a_relu_layer_does_not_matter(digits):
    _, layers = digits
    (weight, bias), (last, last_bias) = layers
    tiny = [(weight * 1e-3, bias * 1e-3), (last * 1e3, last_bias)]
    before, after = (pulsetrain.import_weights(named(network), "digits")
                     for network in (layers, tiny))
    assert after.accuracy == before.accuracy
    assert after.layers[0].scale == pytest.approx(before.layers[0].scale * 1e-3)


def test_weights_beyond_the_devices_are_counted():
    config = small_config(variation={"stuck_low": 0.2, "stuck_high": 0.2})
    network = drawn(6, 5, 3)
    network[1][0][0, 0] = 1e5
    imported = pulsetrain.import_weights(named(network), config, small_data(config))
    first, last = imported.layers
    assert [layer.synapses for layer in imported.layers] == [35, 18]
    assert 0 < first.stuck <= first.synapses
    assert last.beyond > 0
    assert imported.layers[0].error > 0


def test_zeros_and_a_network_without_biases_are_possible():
    config = small_config()
    zeros = {"a.weight": np.zeros((5, 6)), "b.weight": np.zeros((3, 5))}
    imported = pulsetrain.import_weights(zeros, config, small_data(config))
    assert imported.float_loss == pytest.approx(np.log(3))
    assert imported.checkpoint.state.plus[0].max() <= 1


def test_one_output_is_two_classes():
    config = small_config(network={"outputs": 2})
    data = small_data(config)
    network = drawn(6, 5, 1)
    value = logits(network, data.x_test / 255)[:, 0]
    imported = pulsetrain.import_weights(named(network), config, data)
    assert imported.float_accuracy == np.mean((value > 0) == data.y_test)


# Going on with the training ---------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sections", [{}, EVERYTHING], ids=["plain", "everything"])
def test_model_and_twin_go_on_from_imported_weights(method, sections):
    if sections and method != "unidirectional":
        sections = {**EVERYTHING, "update": {}}
    config = small_config(**{**sections, "update": {**sections.get("update", {}),
                                                    "method": method}})
    data = small_data(config)
    imported = pulsetrain.import_weights(named(drawn(6, 5, 3)), config, data, validation=7)
    imported.save("a.npz")
    start = read_checkpoint(Path("a.npz"), config)
    assert (start.epoch, start.position, start.validation) == (0, 0, 7)
    histories = [pulsetrain.train(config, data, epochs=2, resume="a.npz")]
    with pulsetrain.Trainer(config, "numpy", start="a.npz") as trainer:
        histories.append(trainer.fit(data, epochs=2))
    assert not [*state_differences(0, histories[0].state, histories[1].state)]
    assert histories[0].state.counters["pulses"] > 0
    assert [*state_differences(0, histories[0].state, start.state)]
    with pytest.raises(CheckpointError, match="with --validation 7"):
        pulsetrain.train(config, data, epochs=2, resume="a.npz", validation=5)


def test_simulated_hardware_goes_on_bit_for_bit():
    config = small_config()
    data = small_data(config)
    pulsetrain.import_weights(named(drawn(6, 5, 3)), config, data).save("a.npz")
    verified = pulsetrain.verify(config, data, samples=6, checkpoint="a.npz",
                                 simulator="amaranth")
    assert verified.equal


# Formats ----------------------------------------------------------------------------------------


def save_npz(layers):
    np.savez("w.npz", *[array for pair in layers for array in pair])
    return "w.npz"


def save_torch(layers):
    """As `torch.nn.Sequential(Linear, ReLU, ...)` names and orients its weights."""
    save_file({f"{2 * index}.{name}": np.ascontiguousarray(array.T)
               for index, pair in enumerate(layers)
               for name, array in zip(("weight", "bias"), pair, strict=True)}, "w.safetensors")
    return "w.safetensors"


def save_onnx(nodes, constants, inputs=6, model=MODEL, **attributes):
    graph = helper.make_graph(
        nodes, "graph", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", inputs])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    onnx.save(made, model, **attributes)
    return model


def node(kind, inputs, output, **attributes):
    return helper.make_node(kind, inputs.split(), [output], name=f"the_{output}", **attributes)


def save_gemm(layers):
    """As PyTorch exports a perceptron."""
    constants = {f"w{index}": pair[0].T.copy() for index, pair in enumerate(layers)} | {
        f"b{index}": pair[1] for index, pair in enumerate(layers)}
    return save_onnx([node("Flatten", "x", "f"), node("Gemm", "f w0 b0", "g", transB=1),
                      node("Relu", "g", "h"), node("Gemm", "h w1 b1", "y", transB=1)], constants)


def save_matmul(layers):
    """As scikit-learn's and Keras' converters do, with a transposed weight and Constant nodes."""
    (weight, bias), (last, last_bias) = layers
    made = [node("Cast", "x", "c", to=TensorProto.FLOAT),
            helper.make_node("Constant", [], ["bias"], value=numpy_helper.from_array(bias)),
            node("Transpose", "w0", "t", perm=[1, 0]),
            node("MatMul", "c t", "m"), node("Add", "bias m", "a"), node("Relu", "a", "h"),
            node("Dropout", "h", "d"), node("MatMul", "d w1", "m1"), node("Add", "m1 b1", "z"),
            node("Softmax", "z", "p"), node("ArgMax", "p", "i", axis=1),
            node("Cast", "p", "y", to=TensorProto.FLOAT)]
    return save_onnx(made, {"w0": weight.T.copy(), "w1": last, "b1": last_bias[np.newaxis]})


@pytest.mark.parametrize("save", [save_npz, save_torch, save_gemm, save_matmul])
def test_every_format_gives_the_same_state(save, folder):
    config, layers = small_config(), drawn(6, 5, 3)
    data = small_data(config)
    whole = pulsetrain.import_weights(named(layers), config, data)
    imported = pulsetrain.import_weights(save(layers), config, data)
    assert imported.float_loss == whole.float_loss
    assert not [*state_differences(0, whole.checkpoint.state, imported.checkpoint.state)]


def test_square_layers_are_oriented_by_their_names_or_the_other_layers(folder):
    layers = drawn(6, 6, 6, 3)
    for save in (save_npz, save_torch):
        found = read_network(folder / save(layers))
        assert all((layer.weight == pair[0]).all()
                   for layer, pair in zip(found.layers, layers, strict=True))
    square = drawn(6, 6)
    for save in (save_npz, save_torch):
        assert (read_network(folder / save(square)).layers[0].weight == square[0][0]).all()


def test_half_precision_and_bfloat16_are_read(folder):
    weight = np.array([[0.5, -1.25], [2, 3]], np.float32)
    upper = (weight.view(np.uint32) >> 16).astype(np.uint16)
    header = (b'{"0.weight":{"dtype":"BF16","shape":[2,2],"data_offsets":[0,8]}}')
    (folder / "a.safetensors").write_bytes(len(header).to_bytes(8, "little") + header
                                           + upper.tobytes())
    assert (read_network(folder / "a.safetensors").layers[0].weight == weight.T).all()
    save_file({"0.weight": weight.astype(np.float16)}, "b.safetensors")
    assert (read_network(folder / "b.safetensors").layers[0].weight == weight.T).all()


def test_layers_are_in_the_order_of_the_numbers_in_their_names(folder):
    layers = drawn(*range(9, 1, -1))
    np.savez("w.npz", **{f"layer{number}.{key}": array
                         for number, pair in zip(range(4, 12), layers, strict=False)
                         for key, array in zip(("kernel", "bias"), pair, strict=True)})
    assert read_network(folder / "w.npz").sizes == tuple(range(9, 1, -1))


def test_external_data_are_read_in_the_same_folder_only(folder):
    (folder / "inner").mkdir()
    layers = drawn(6, 5, 3)
    constants = {"w": layers[0][0], "b": layers[1][1]}
    nodes = [node("MatMul", "x w", "y")]
    save_onnx(nodes, constants, model="inner/m.onnx", save_as_external_data=True,
              location="m.data", size_threshold=0)
    assert (read_network(folder / "inner" / "m.onnx").layers[0].weight == layers[0][0]).all()
    model = onnx.load("inner/m.onnx", load_external_data=False)
    for location in ("../m.data", str(folder / "inner" / "m.data"), "", "link"):
        (folder / "m.data").write_bytes((folder / "inner" / "m.data").read_bytes())
        if location == "link":
            (folder / "inner" / "link").symlink_to(folder / "m.data")
        for tensor in model.graph.initializer:
            tensor.external_data[0].value = location
        (folder / "inner" / "n.onnx").write_bytes(model.SerializeToString())
        refused = location != str(folder / "inner" / "m.data")
        if refused:
            with pytest.raises(WeightsError, match="must be in the same folder, not in"):
                read_network(folder / "inner" / "n.onnx")


W, B = np.ones((6, 3), np.float32), np.ones(3, np.float32)


@pytest.mark.parametrize(("nodes", "constants", "message"), [
    ([node("Conv", "x w", "y")], {"w": W}, r"'the_y' \(Conv\) cannot be imported: before the "),
    ([node("Tanh", "x", "a"), node("MatMul", "a w", "y")], {"w": W}, r"'the_a' \(Tanh\) .*--inp"),
    ([node("MatMul", "x w", "a"), node("Tanh", "a", "b"), node("MatMul", "b v", "y")],
     {"w": W, "v": W[:3]}, r"'the_b' \(Tanh\) cannot be imported: only Gemm, or MatMul and Add"),
    ([node("MatMul", "x w", "a"), node("MatMul", "a v", "y")], {"w": W, "v": W[:3]},
     r"'the_y' \(MatMul\) .*there must be an activation between two layers"),
    ([node("MatMul", "x w", "a"), node("Relu", "a", "y")], {"w": W},
     "must be logits or probabilities, but the graph ends with a Relu"),
    ([node("MatMul", "x x", "y")], {}, r"'the_y' \(MatMul\) .*its input 'x' must be a constant"),
    ([node("MatMul", "x w", "a"), node("Relu", "a", "r"), node("Tanh", "a", "t"),
      node("Add", "r t", "y")], {"w": W}, "the value 'a' is read by 2 nodes"),
    ([node("MatMul", "x w", "a"), node("Add", "a c", "y")], {"w": W, "c": W},
     r"'the_y' \(Add\) .*adds a constant of shape \(6, 3\) to 3 outputs"),
    ([node("MatMul", "x w", "a"), node("Clip", "a l h", "c"), node("MatMul", "c v", "y")],
     {"w": W, "v": W[:3], "l": np.float32(-1), "h": np.float32(1)}, "must clip to 0 and a pos"),
    ([node("Gemm", "x w b", "y", transA=1)], {"w": W, "b": B}, "not transposed"),
    ([node("MatMul", "x w", "y")], {"w": np.ones((0, 3), np.float32)}, "must have 1 to 20,000,000"),
    ([node("MatMul", "x w", "y")], {"w": np.full((6, 3), np.nan, np.float32)},
     r"every weight of layer 1 must be a finite number of at most 1e\+06, not nan"),
    ([node("MatMul", "x w", "a"), node("Relu", "a", "b"), node("MatMul", "b w", "y")], {"w": W},
     "layer 2 has 6 inputs, but the layer before it has 3 outputs"),
    ([node("Flatten", "x", "y")], {}, "must be one chain of Gemm"),
])
def test_other_graphs_are_refused_by_the_name_of_the_node(folder, nodes, constants, message):
    save_onnx(nodes, constants)
    with pytest.raises(WeightsError, match=message):
        read_network(folder / MODEL)


def test_relu_with_a_cap_and_hard_sigmoids_are_read_from_onnx(folder):
    save_onnx([node("MatMul", "x w", "a"), node("Clip", "a l h", "c"), node("MatMul", "c v", "y")],
              {"w": W, "v": W[:3], "l": np.float32(0), "h": np.float32(6)})
    assert read_network(folder / MODEL).layers[0].activation == Activation(kind="relu", cap=6)
    save_onnx([node("MatMul", "x w", "a"), node("HardSigmoid", "a", "c", alpha=0.25),
               node("MatMul", "c v", "y")], {"w": W, "v": W[:3]})
    found = read_network(folder / MODEL).layers[0].activation
    assert (found.kind, found.slope, found.offset) == ("hard_sigmoid", 0.25, 0.5)
    with pytest.raises(WeightsError, match=r"layer 1 are hard_sigmoid, .*--set network\.act"):
        pulsetrain.import_weights(MODEL, small_config(network={"hidden": [3]}),
                                  small_data(small_config()))


@pytest.mark.parametrize(("arrays", "message"), [
    ({}, "a vector of biases for each layer or for none, not 0 matrices and 0 vectors: no array"),
    ({"w": np.ones((6, 5)), "v": np.ones((4, 3))}, r"do not fit each other .*v \(4, 3\), w \(6"),
    ({"w": np.ones((6, 5)), "b": np.ones(4)}, "do not fit each other and their biases"),
    ({"w1": np.ones((6, 3)), "w2": np.ones((3, 3)), "b": np.ones(3)}, "2 matrices and 1 vectors"),
    ({"conv.weight": np.ones((6, 3, 3, 3))}, r"only fully connected .*'conv.weight' has the shape"),
    ({"w": np.full((6, 3), np.inf)}, "must be a finite number of at most"),
    ({"w": np.full((6, 3), 1e300)}, "must be a finite number of at most"),
    ({"w": np.full((6, 3), "x")}, "'w' must hold real numbers, not <U1"),
    ({"w": np.ones((0, 3))}, "must have 1 to 20,000,000 values"),
    ({"w": np.ones((6, 3)), "clip": np.array(-1.0)}, "must be one positive number, not -1.0"),
    ({"w": np.ones((6, 5))}, r"holds a network of 6-5 units, .* one of 6-5-3; --set network\.inp"
     ),
    ({"plus_1": np.ones((6, 3)), "generator": np.array(1)}, "is a checkpoint"),
])
def test_other_arrays_are_refused(arrays, message):
    np.savez("w.npz", **arrays)
    with pytest.raises(WeightsError, match=message):
        pulsetrain.import_weights("w.npz", small_config(), small_data(small_config()))


@pytest.mark.parametrize("name", ["a.pt", "a.PTH", "a.pkl", "a.joblib"])
def test_pickles_are_never_opened(folder, name):
    (folder / name).symlink_to("/dev/zero")
    with pytest.raises(WeightsError, match=r"pickles, which can run any program; in PyTorch, save "
                                           r"the weights with safetensors\.torch\.save_file"):
        read_network(folder / name)
    np.savez("w.npz", w=np.array([[None]]))
    with pytest.raises(WeightsError, match="must hold numbers or texts"):
        read_network(folder / "w.npz")


@pytest.mark.parametrize("save", [save_npz, save_torch, save_gemm])
@pytest.mark.parametrize("damage", [lambda content: b"", lambda content: content[:40],
                                    lambda content: content[:-20], lambda content: b"\xff" * 99])
def test_damaged_files_are_refused(folder, save, damage):
    path = folder / save(drawn(6, 5, 3))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(WeightsError):
        read_network(path)


def test_other_endings_and_arguments_are_refused():
    with pytest.raises(WeightsError, match=r"must end in \.npz, \.safetensors or \.onnx"):
        pulsetrain.import_weights("a.txt")
    with pytest.raises(WeightsError, match="no built-in configuration has a network of 6-5-3"):
        pulsetrain.import_weights(named(drawn(6, 5, 3)))
    for inputs in ((0, 0), (0, np.inf)):
        with pytest.raises(pulsetrain.PulsetrainError, match="must be two different finite numb"):
            pulsetrain.import_weights("a.npz", inputs=inputs)
    with pytest.raises(pulsetrain.PulsetrainError, match="one of relu, sigmoid, hard_sigmoid"):
        pulsetrain.import_weights("a.npz", activation="tanh")
    with pytest.raises(WeightsError, match=r"must end in \.onnx or \.npz, not in '\.txt'"):
        pulsetrain.export_weights("a.npz", "a.txt")


# Out --------------------------------------------------------------------------------------------


def runtime(content, x):
    """(classes, sums) that ONNX Runtime computes."""
    import onnxruntime

    session = onnxruntime.InferenceSession(content)
    return session.run(["class", "z"], {"pixels": x})


@pytest.mark.parametrize("sections", [
    {}, EVERYTHING, {"network": {"hidden": [5, 4], "activation": "hard_sigmoid"}},
    {"numbers": {"activation_bits": 5, "forward_shift": 2}, "update": {"row_threshold": 9}},
    {"network": {"hidden": []}}, {"device": {"levels": 3}}])
def test_onnx_runtime_computes_every_sum(sections):
    config = small_config(**sections)
    data = small_data(config, train=200, test=300)
    history = pulsetrain.train(config, data, epochs=2)
    engine = GoldenEngine(config)
    engine.load(history.state)
    content = export(history.state, config, Path(MODEL))
    assert content == export(history.state, config, Path(MODEL))
    classes, sums = runtime(content, data.x_test)
    assert classes.tolist() == engine.infer(data.x_test, data.y_test).classes.tolist()
    assert sums.tolist() == engine.sums(data.x_test).tolist()


def test_onnx_runtime_reads_every_digit_as_the_golden_model():
    history = pulsetrain.train("digits", epochs=2)
    pulsetrain.export_weights(history, MODEL)
    data = pulsetrain.load_data("digits")
    engine = make_engine(history.checkpoint.config, warn=print)
    engine.load(history.state)
    for x, labels in ((data.x_train, data.y_train), (data.x_test, data.y_test)):
        found = runtime(MODEL, x)[0]
        assert found.tolist() == engine.infer(x, labels).classes.tolist()
    properties = {entry.key: entry.value for entry in onnx.load(MODEL).metadata_props}
    assert properties["config"] == "digits"
    assert len(properties["learning_digest"]) == 64


@pytest.mark.parametrize("activation", ["relu", "hard_sigmoid"])
def test_an_exported_archive_holds_states_and_both_kinds_of_weights(activation):
    config = small_config(network={"activation": activation})
    data = small_data(config)
    history = pulsetrain.train(config, data, epochs=1)
    pulsetrain.export_weights(history, "w.npz")
    with np.load("w.npz") as arrays:
        found = dict(arrays)
    assert (found["plus_1"] == history.state.plus[0]).all()
    weight = found["integer_1"]
    assert (weight == history.state.plus[0] - history.state.minus[0]).all()  # read[s] = s
    slope = 6 if activation == "hard_sigmoid" else 1
    assert (found["weight_1"] * 2.0**found["forward_shift"][0] == slope * weight[:-1]).all()
    function = (Activation(kind="hard_sigmoid") if activation == "hard_sigmoid" else
                Activation(kind="relu", cap=float(found["clip"])))
    layers = [(found[f"weight_{number}"], found[f"bias_{number}"]) for number in (1, 2)]
    classes = logits(layers, data.x_test / 255, function).argmax(axis=1)
    engine = GoldenEngine(config)
    engine.load(history.state)
    assert np.mean(classes == engine.infer(data.x_test, data.y_test).classes) > 0.8
    again = pulsetrain.import_weights("w.npz", config, data)
    assert again.accuracy == pytest.approx(history.accuracy[-1], abs=0.17)


@pytest.mark.parametrize("sections", [
    {}, {"network": {"hidden": [5, 4], "activation": "hard_sigmoid"}}, {"network": {"hidden": []}},
    {"numbers": {"activation_bits": 5, "forward_shift": 2}, "update": {"row_threshold": 9}}])
def test_an_exported_graph_is_imported_again(sections):
    config = small_config(**sections)
    data = small_data(config, train=100, test=100)
    history = pulsetrain.train(config, data, epochs=2)
    pulsetrain.export_weights(history, MODEL)
    pulsetrain.export_weights(history, "w.npz")
    graph, archive = (read_network(Path(name), config).activated(
        Activation(kind=config.network.activation)) for name in (MODEL, "w.npz"))
    for one, other in zip(graph.forward(data.x_test / 255), archive.forward(data.x_test / 255),
                          strict=True):
        assert one == pytest.approx(other, abs=0.01)  # 128/255 or 1/2 is added by hard sigmoids
    again = pulsetrain.import_weights(MODEL, config, data)
    assert again.accuracy == pytest.approx(history.accuracy[-1], abs=0.1)


@pytest.mark.parametrize(("change", "message"), [
    (lambda model: setattr(model.graph.node[-1], "name", "other"), "cannot be imported"),
    (lambda model: setattr(model, "producer_name", "other"), "cannot be imported"),
    (lambda model: model.ClearField("metadata_props"), "forward_shift must be 2 shifts"),
    (lambda model: model.graph.initializer[1].CopyFrom(
        numpy_helper.from_array(np.zeros(()), "full")), "'full' must be positive, not 0"),
    (lambda model: model.graph.initializer[3].CopyFrom(
        numpy_helper.from_array(np.zeros(2), "bias_1")), "has the shape (2,), which no export has"),
])
def test_a_changed_export_is_refused(change, message):
    config = small_config()
    pulsetrain.export_weights(pulsetrain.train(config, small_data(config), epochs=0), MODEL)
    model = onnx.load(MODEL)
    change(model)
    onnx.save(model, MODEL)
    with pytest.raises(WeightsError, match=re.escape(message)):
        read_network(Path(MODEL))


def test_weights_alone_take_the_built_in_configuration_of_any_fpga():
    def taken(*sizes):
        return [config.name for config in builtins_of(sizes)]

    assert taken(784, 64, 10) == ["mnist-small", "mnist-ice40"]
    assert taken(784, 200, 10) == ["mnist", "mnist-64"]
    assert taken(64, 32, 10) == ["digits"]
    assert taken(64, 31, 10) == []


def test_a_run_folder_and_a_checkpoint_are_exported(folder):
    config = small_config()
    history = pulsetrain.train(config, small_data(config), epochs=1)
    history.save("run")
    write_checkpoint(folder / "a.npz", history.checkpoint)
    for source, name in (("run", "a.onnx"), ("a.npz", "b.onnx"), (history, "c.onnx")):
        pulsetrain.export_weights(source, name)
    assert (folder / "a.onnx").read_bytes() == (folder / "c.onnx").read_bytes() == (
        folder / "b.onnx").read_bytes()
