"""A Hypothesis strategy of examples for each kind of input."""

import io
from collections.abc import Callable
from contextlib import suppress
from pathlib import PurePath

import numpy as np
import onnx
from hypothesis import strategies as st
from onnx import helper

from pulsetrain.device import learning_digest
from pulsetrain.errors import PulsetrainError
from pulsetrain.spec.load import config_from_json

from .archives import archived, archives, idx_files, members, packed, zipped
from .client import SPECIAL, Example
from .hostile import NUMBERS, VALUES, WORDS, arguments, damaged, files, quoted, texts
from .valid import NARROW, SWEEP, WIDE, Valid
from .words import BUILD_WORDS, KEYS, NAMES, POINTS_WORDS, SWEEP_WORDS, TABLE_WORDS

TRAIN = ("--data", "npz:small.npz", "--epochs", "3", "--samples", "3", "--engine", "numpy")
NOTHING = ("--epochs", "0", "--engine", "numpy")
KEEP = ("--checkpoint", "out.npz")

WRITING = ("--json", "--checkpoint", "--run")
"""Options that name output files."""

Command = tuple[tuple[str, ...], tuple[str, ...]]
"""The words of a command, and the files that it may write."""


def _table(name: str) -> tuple[str, str]:
    """The files that a sweep writes: its table, and the record of its settings."""
    return f"{name}.csv", f"{name}.sweep.json"


def toml(valid: Valid) -> st.SearchStrategy[Example]:
    """Configurations."""
    commands = st.sampled_from((
        (("train", "X", *NOTHING), ()), (("train", "X", *NOTHING, *KEEP), ("out.npz",)),
        (("train", "X", *NOTHING, "--json", "a.json"), ("a.json",)),
        (("train", "X", *TRAIN), ()), (("devices", "show", "X"), ()),
        (("estimate", "X", "--board", "icebreaker"), ())))
    return _examples(valid, commands, "x.toml", texts(valid.configurations, NAMES),
                     "narrow.csv", "small.npz")


@st.composite
def _examples(draw: st.DrawFn, valid: Valid, commands: st.SearchStrategy[Command], name: str,
              content: st.SearchStrategy[bytes], *others: str) -> Example:
    """Commands with the file `name` in place of the argument "X"; `others` are in the same
    folder."""
    arguments, writes = draw(commands)
    return Example(arguments=tuple(word.replace("X", name) for word in arguments), writes=writes,
                   files={**valid.some(*others), name: draw(files(content))})


_VALUES = arguments((*NUMBERS, *VALUES, *WORDS, *quoted(WORDS), "digits", "npz:small.npz",
                     "5\nname='x'", "[64,", "{u = 3}", "mnist:", "npz:fifo", "npz:folder"))
_KEYS = (*KEYS, *KEYS, *arguments((
    "", ".", "a.b", "network..inputs", "device.", "[device]", "x" * 300, ".".join("a" * 3000),
    "seed.x", "network.inputs.x", "[/x]", "=", " seed ")))
_OPTIONS = (*("--set",) * 20, "--lanes", "--samples", "--epochs", "--validation", "--engine",
            "--data", "--resume", "--json", "--checkpoint", "--run", "--unknown")
_COMMANDS = (
    ("train", "small.toml", *NOTHING), ("train", "small.toml", *TRAIN),
    ("train", "every.toml", *NOTHING, *KEEP), ("devices", "show", "small.toml"),
    ("estimate", "small.toml"), ("sweep", "sweep.toml"), ("report", "small.npz"),
    ("program", "small.toml", "--dry-run"))


@st.composite
def settings(draw: st.DrawFn, valid: Valid) -> Example:
    """Settings and options on the command line."""
    command, options = draw(st.sampled_from(_COMMANDS)), []
    for _ in range(draw(st.integers(0, 2))):
        name, value = draw(st.sampled_from(_OPTIONS)), draw(st.sampled_from(_VALUES))
        if name == "--set" and draw(st.integers(0, 7)):
            value = f"{draw(st.sampled_from(_KEYS))}={value}"
        options.append((name, value))
    if {name for name, _ in options} >= {"--samples", "--epochs"}:
        options.pop()  # many epochs of many samples are not a fault
    # Files written outside of the example's folder would not be noticed.
    options = [(name, value) for name, value in options
               if not (name in WRITING and PurePath(value) in (PurePath("/"), PurePath("..")))]
    if draw(st.integers(0, 9)) == 9:  # another name instead of the file
        command = (command[0], draw(st.sampled_from(_VALUES)), *command[2:])
    given = [word for option in options for word in option]
    outputs = [PurePath(value).parts[:1] for name, value in options if name in WRITING]
    return Example(
        arguments=(*command, *given),
        files={**valid.some("small.toml", "every.toml", "small.npz", "sweep.toml"),
               **{name: name for name in SPECIAL
                  if name in {word.rpartition(":")[2] for word in (*command, *given)}}},
        writes=("out.npz", *_table("study"), "checkpoint.npz", "history.json",
                *(part for parts in outputs for part in parts)))


def checkpoints(valid: Valid) -> st.SearchStrategy[Example]:
    """Checkpoints."""
    def commands(config: str) -> st.SearchStrategy[Command]:
        return st.sampled_from((
            (("train", config, "--resume", "X", *NOTHING, *KEEP), ("out.npz",)),
            (("train", config, "--resume", "X", *TRAIN, "--json", "a.json"), ("a.json",)),
            (("train", config, "--resume", "X", *TRAIN, "--checkpoint", "X"), ("x.npz",)),
            (("verify", config, "--checkpoint", "X", "--data", "npz:small.npz", "--simulator",
              "none"), ()),
            (("report", "X"), ("x.html",))))

    return st.one_of([
        _examples(valid, commands(config), "x.npz",
                  archives((valid.files[f"{run}/checkpoint.npz"],), _states)
                  | _reconfigured(valid.files[f"{run}/checkpoint.npz"]), config, "small.npz")
        for run, config in (("run", "small.toml"), ("every", "every.toml"))])


def _states(name: str) -> st.SearchStrategy[np.ndarray]:
    """Arrays of a valid form to replace `name` in a checkpoint."""
    if name in ("config", "learning_digest"):
        return st.sampled_from(("", "0" * 64, "x" * 10_000, "\x1b[31m")).map(np.array)
    if name.startswith(("plus", "minus", "polarity")):
        return st.builds(lambda value, dtype: np.full((7, 5), value).astype(dtype),
                         st.sampled_from((0, 1, 2, 15, 16, 255)),
                         st.sampled_from(("u1", "i1", ">u2", "<i8", "?", "f4")))
    return st.sampled_from((-1, 0, 1, 2, 3, 15, 16, 40, 41, 2**31, 2**32 - 1, 2**32, 2**62,
                            2**62 + 1)).map(np.array)


@st.composite
def _reconfigured(draw: st.DrawFn, archive: bytes) -> bytes:
    """`archive` with another configuration, and its digest if it is valid."""
    contents = dict(members(archive))
    with np.load(io.BytesIO(archive)) as arrays:
        text = draw(texts((str(arrays["config"]),), NAMES)).decode("utf-8", "replace")
    contents["config.npy"] = packed(np.array(text))
    with suppress(PulsetrainError):
        contents["learning_digest.npy"] = packed(np.array(learning_digest(config_from_json(text))))
    return archived([*contents.items()])


def data(valid: Valid) -> st.SearchStrategy[Example]:
    """Data sets in NumPy archives."""
    name = "npz:X"
    commands = st.sampled_from((
        (("train", "small.toml", *TRAIN[2:], "--data", name), ()),
        (("train", "small.toml", *TRAIN[2:], "--data", name, "--validation", "2"), ()),
        (("sweep", "sweep.toml", "--data", name, "--json", "a.json"), (*_table("study"), "a.json")),
        (("verify", "small.toml", "--data", name, "--simulator", "none"), ())))
    return _examples(valid, commands, "x.npz", archives((valid.files["small.npz"],), _samples),
                     "small.toml", "sweep.toml")


def _samples(name: str) -> st.SearchStrategy[np.ndarray]:
    """Arrays of a valid form to replace `name` in a data set."""
    if name.startswith("x_"):
        return st.builds(lambda shape, value: np.full(shape, value, np.uint8), st.sampled_from((
            (40, 6), (12, 6), (0, 6), (1, 6), (40, 2, 3), (40, 7), (40, 0), (0, 0), (12, 6, 0),
            (40,) + (1,) * 40)), st.sampled_from((0, 1, 255)))
    return st.builds(lambda count, value, dtype: np.full(count, value).astype(dtype),
                     st.sampled_from((0, 1, 12, 40, 41)),
                     st.sampled_from((-1, 0, 2, 3, 255, 2**31, 2**62, 2**63 - 1)),
                     st.sampled_from(("<i8", ">i8", "u1", "i1", "u8", "?", "f8")))


def idx(valid: Valid) -> st.SearchStrategy[Example]:
    """Data sets in the format of MNIST."""
    names = [name for name in valid.files if name.startswith("mnist/")]
    arguments = ("train", "small.toml", *TRAIN[2:], "--data", "mnist:mnist")

    def example(name: str) -> st.SearchStrategy[Example]:
        rest = valid.some("small.toml", *(other for other in names if other != name))
        edited = idx_files(valid.files[name])
        unpacked = files(edited).map(lambda content: {name: content})
        dimensions = valid.files[name][3]
        packed = (edited | st.just(valid.files[name])).flatmap(
            lambda content: zipped(content, dimensions)).map(
                lambda content: {f"{name}.gz": content})
        return (unpacked | packed).map(
            lambda made: Example(arguments=arguments, files={**rest, **made}))

    return st.sampled_from(names).flatmap(example)


def csv(valid: Valid) -> st.SearchStrategy[Example]:
    """Data sets in tables, and options in their names."""
    options = arguments((
        *("",) * 40, "#label=class", "#label=f", "#test=0.5", "#test=1", "#test=x.csv", "#split=a",
        "#ignore=a&ignore=b", "#", "#=", "#label=", "#test=nan", "#x=1",
        "#label=class&split=class", *(f"#label={word}" for word in WORDS)))

    def commands(option: str) -> st.SearchStrategy[Command]:
        name = f"csv:X{option}"
        return st.sampled_from((
            (("data", name), ()), (("data", name, "-o", "out.toml"), ("out.toml",)),
            (("train", "small.toml", *TRAIN[2:], "--data", name), ()),
            (("train", "small.toml", *TRAIN[2:], "--set",
              'training.scaling.columns=["a","b","c","d","e","f"]', "--set",
              "training.scaling.low=[0,0,0,0,0,0]", "--set",
              "training.scaling.high=[1,1,1,1,1,1e300]", "--set",
              'training.scaling.labels=["x","y","z"]', "--data", name), ())))

    whole = st.just(valid.files["table.csv"])
    return st.sampled_from(options).flatmap(lambda option: _examples(
        valid, commands(option), "x.csv",
        texts((valid.text("table.csv"),), TABLE_WORDS) | whole, "small.toml"))


def weights(valid: Valid) -> st.SearchStrategy[Example]:
    """Weights of other programs."""
    def example(name: str, content: st.SearchStrategy[bytes]) -> st.SearchStrategy[Example]:
        data = ("--data", "npz:small.npz")
        commands = st.sampled_from((
            (("import", "X", "small.toml", *data, "-o", "out.npz"), ("out.npz",)),
            (("import", "X", "-o", "out.npz"), ("out.npz",)),
            (("import", "X", "small.toml", *data, "--inputs", "-1:1", "--activation", "sigmoid",
              "--set", "network.activation=hard_sigmoid", "-o", "out.npz", "--json", "a.json"),
             ("out.npz", "a.json")),
            (("import", "X", "small.toml", *data, "-o", "X"), ())))
        return _examples(valid, commands, name, content, "small.toml", "small.npz")

    tensors, graph = (valid.files[f"weights.{ending}"] for ending in ("safetensors", "onnx"))
    return st.one_of(
        example("x.npz", archives((valid.files["weights.npz"],), _weights)),
        example("x.safetensors", damaged(tensors) | _headed(tensors) | st.just(tensors)),
        example("x.onnx", damaged(graph) | _graphs(graph) | st.just(graph)))


def _weights(name: str) -> st.SearchStrategy[np.ndarray]:
    """Arrays of a valid form to replace `name` in an archive of weights."""
    return st.builds(lambda shape, value, dtype: np.full(shape, value).astype(dtype),
                     st.sampled_from(((6, 5), (5, 6), (5, 3), (5,), (3,), (0, 5), (6, 0), (0,),
                                      (), (1, 1), (6, 5, 1), (1,) * 32)),
                     st.sampled_from((0, 1, -1e6, 1e-300)),
                     st.sampled_from(("f4", "f8", "f2", ">f8", "i1", "u8", "?", "U3")))


@st.composite
def _headed(draw: st.DrawFn, original: bytes) -> bytes:
    """A file in safetensors format with another header."""
    length = int.from_bytes(original[:8], "little")
    header = draw(texts((original[8:8 + length].decode(),),
                        ("dtype", "F32", "F64", "BF16", "I64", "shape", "data_offsets", "[0,0]")))
    size = draw(st.sampled_from((len(header),) * 4 + (0, 2**31, 2**63, 2**64 - 1)))
    return size.to_bytes(8, "little") + header + original[8 + length:]


@st.composite
def _graphs(draw: st.DrawFn, original: bytes) -> bytes:
    """An ONNX file with other values in its fields."""
    model = onnx.ModelProto.FromString(original)
    node = draw(st.sampled_from([*model.graph.node]))
    tensor = draw(st.sampled_from([*model.graph.initializer]))
    words = [word for word in WORDS if len(word) < 10_000 and word.isprintable()]
    match draw(st.sampled_from(("kind", "link", "attribute", "shape", "type", "data", "external",
                                "copy"))):
        case "kind":
            node.op_type = draw(st.sampled_from(("Gemm", "MatMul", "Relu", "Clip", "Softmax",
                                                 "Conv", "Identity", "Sigmoid", "Constant", "",
                                                 *words)))
        case "link":
            names = ("x", "m", "a", "h", "y", "weight_1", "weight_2", "bias_1", "", *words)
            ends = node.input if draw(st.booleans()) else node.output
            del ends[draw(st.integers(0, 1)):]
            ends.extend(draw(st.lists(st.sampled_from(names), max_size=3)))
        case "attribute":
            node.attribute.append(helper.make_attribute(
                draw(st.sampled_from(("alpha", "beta", "transA", "transB", "min", "max"))),
                draw(st.sampled_from((0, 1, 2**62, 1.5, float("nan"), 1e38, "x", [1, 2])))))
        case "shape":
            del tensor.dims[:]
            tensor.dims.extend(draw(st.sampled_from(((), (0,), (30,), (5, 6), (-1, 5), (2**62, 4),
                                                     (0, 2**40), (1,) * 70, (6, 5, 1)))))
        case "type":
            tensor.data_type = draw(st.sampled_from((0, 1, 2, 7, 8, 10, 11, 16, 17, 23, 99)))
        case "data":
            tensor.raw_data = draw(st.sampled_from((b"", b"\xff" * 120, b"\0" * 60, b"x" * 121)))
        case "external":
            tensor.ClearField("raw_data")
            tensor.data_location = onnx.TensorProto.EXTERNAL
            for key, values in (("location", ("small.npz", "../x", "/dev/zero", "", "x.onnx",
                                              "fifo", "small.npz/x", *words)),
                                ("offset", ("0", "-1", "9" * 30, "x")),
                                ("length", ("120", "-1", "9" * 5000, ""))):
                if draw(st.booleans()) or key == "location":
                    tensor.external_data.add(key=key, value=draw(st.sampled_from(values)))
        case "copy":
            model.graph.node.append(node)
    return model.SerializeToString()


def points(valid: Valid) -> st.SearchStrategy[Example]:
    """Measured points of a device."""
    commands = st.sampled_from((
        (("devices", "show", "X"), ()), (("devices", "show", "X", "--json", "a.json"), ("a.json",)),
        (("train", "small.toml", "--set", "device.file=X", *NOTHING), ()),
        (("train", "small.toml", "--set", "device.file=X", "--set", "update.method=single",
          *TRAIN), ())))
    return _examples(valid, commands, "x.csv", texts((NARROW, WIDE), POINTS_WORDS), "small.toml",
                     "small.npz")


def sweeps(valid: Valid) -> st.SearchStrategy[Example]:
    """Sweep files; nothing is trained."""
    commands = st.sampled_from((
        (("sweep", "X"), _table("study")), (("sweep", "X", "-o", "out.csv"), _table("out")),
        (("sweep", "X", "-o", "out.csv", "--json", "a.json"), (*_table("out"), "a.json"))))
    return _examples(valid, commands, "x.toml", texts((SWEEP,), (*NAMES, *SWEEP_WORDS)),
                     "small.toml", "small.npz")


def tables(valid: Valid) -> st.SearchStrategy[Example]:
    """Tables of sweeps."""
    commands = st.sampled_from((
        (("sweep", "sweep.toml", "-o", "X"), _table("x")),
        (("sweep", "sweep.toml", "-o", "X", "--json", "a.json"), (*_table("x"), "a.json")),
        (("report", "X"), ("x.html",)), (("report", "X", "-o", "out.html"), ("out.html",))))
    return _examples(valid, commands, "x.csv", texts((valid.text("study.csv"),), SWEEP_WORDS),
                     "small.toml", "small.npz", "sweep.toml")


def histories(valid: Valid) -> st.SearchStrategy[Example]:
    """Histories of runs."""
    resume = ("--resume", "run/checkpoint.npz", "--run", "run")
    commands = st.sampled_from((
        (("train", "small.toml", *resume, *TRAIN), ("run",)),
        (("train", "small.toml", *resume, *NOTHING), ("run",)),
        (("report", "run"), ("run/report.html",)),
        (("report", "run", "-o", "a.html"), ("a.html",))))
    return _examples(valid, commands, "run/history.json", texts((valid.text("run/history.json"),)),
                     "run/checkpoint.npz", "small.toml", "small.npz")


def builds(valid: Valid) -> st.SearchStrategy[Example]:
    """Reports of builds."""
    commands = st.sampled_from((
        (("program", "build", "--dry-run"), ()),
        (("program", "build", "--dry-run", "--json", "a.json"), ("a.json",)),
        (("program", "build", "--board", "icebreaker", "--dry-run"), ()),
        (("bench", "small.toml", "--build", "build", "--data", "npz:none.npz"), ())))
    return _examples(valid, commands, "build/report.json",
                     texts((valid.text("build/report.json"),), BUILD_WORDS), "build/top.bin",
                     "small.toml")


KINDS: dict[str, Callable[[Valid], st.SearchStrategy[Example]]] = {
    "toml": toml, "settings": settings, "checkpoint": checkpoints, "npz": data, "idx": idx,
    "csv": csv, "weights": weights,
    "device": points, "sweep": sweeps, "table": tables, "history": histories, "build": builds}
"""The kinds of input, by name."""
