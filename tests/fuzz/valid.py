"""Valid files, which are edited into hostile ones."""

import csv
import io
import json
import struct
from pathlib import Path

import numpy as np
from onnx import helper, numpy_helper
from safetensors.numpy import save
from small import save_small

from pulsetrain import __version__
from pulsetrain.files import temporary_folder
from pulsetrain.spec.load import builtin_text
from pulsetrain.sweep import load_sweep, plan
from pulsetrain.sweep.task import MEASURED, Task, samples

from .client import Client, Example

NARROW = """curve,pulse,conductance_uS
ltp,0,1
ltp,1,2
ltp,2,3.5
ltd,0,3.5
ltd,1,2
ltd,2,1.2
"""
WIDE = """# measured at 300 K
pulse;ltp_nS;ltd_nS;note
0;10;14;a
1;11;13;b
2;12.5;11;c
3;14;10;d
"""

TABLE = """a,b,c,d,e,f,class
1,2,3,4,5,6,x
0.5,2.5,3,1,1e2,6,y
2,2,1,4,-5,7,z
1,0,3,4,5,6,x
3,1,3,2,5,6,y
1,2,9,4,5,0,z
"""

EVERY = """name = "every"
seed = 3
[network]
inputs = 6
hidden = [5, 4]
outputs = 3
activation = "hard_sigmoid"
[numbers]
activation_bits = 7
error_bits = 9
forward_shift = [4, 4, 5]
backward_shift = [3, 3]
margin = 4
[device]
kind = "exponential"
levels = 16
on_off_ratio = 12.5
cycle_noise = 20
conductance_bits = 9
potentiation = { u = 3.0 }
depression = { nl = -2.4 }
[variation]
classes = 4
step = 0.3
range = 0.2
up_down = 0.1
bend = 0.5
stuck_low = 0.1
stuck_high = 0.1
seed = 7
[update]
method = "unidirectional"
refresh_swaps = true
refresh_sigma = 0.02
refresh_state = 5
pulse_probability = 0.8
pulse_decay = 0.9
row_threshold = [1, 2, 3]
delta_threshold = [0, 1, 2]
[engine]
lanes = 4
input = "raw"
memory = "spram"
[training]
epochs = 2
data = "npz:small.npz"
"""

_HEAD = 'name = "one"\n[network]\ninputs = 6\nhidden = [5]\noutputs = 3\n[device]\n'
DEVICES = tuple(_HEAD + lines for lines in (
    'preset = "hzo-fefet"\nlevels = 20\n', 'file = "narrow.csv"\nsubstates = 2\n',
    'kind = "measured"\nltp = [1e-6, 2e-6, 2.5e-6]\nltd = [3e-6, 2e-6, 1e-6]\n',
    'kind = "exponential"\nlevels = 9\npotentiation = { pulses = 4.5 }\n'))

SWEEP = """name = "study"
config = "small.toml"
data = "npz:small.npz"
epochs = 2
seeds = [1, 2]
[set]
update.method = "single"
[grid]
"device.levels" = [8, 16]
[[case]]
name = "one"
[[case]]
name = "two"
model = "float"
set = { update.method = "unidirectional", numbers.margin = 3 }
grid = { "numbers.error_bits" = [8] }
"""

REPORT = {
    "board": "icebreaker", "bitstream": "top.bin", "digest": "0123456789abcdef" * 4,
    "clocks": {"clk": {"achieved_mhz": 61.5, "requested_mhz": 50.0}}}


class Valid:
    """The contents of valid files by path, some of them made by `client`."""

    def __init__(self, client: Client) -> None:
        with temporary_folder() as folder:
            save_small(folder)
            self.files = {name: (folder / name).read_bytes() for name in ("small.toml",
                                                                          "small.npz")}
            self.files |= _idx(folder / "small.npz")
            (folder / "sweep.toml").write_text(SWEEP, encoding="utf-8")
            self.files["study.csv"] = _table(folder)
        for name, text in (("narrow.csv", NARROW), ("wide.csv", WIDE), ("every.toml", EVERY),
                           ("sweep.toml", SWEEP), ("build/report.json", json.dumps(REPORT))):
            self.files[name] = text.encode()
        self.files["table.csv"] = TABLE.encode()
        self.files |= _weights()
        self.files["build/top.bin"] = b"bits"
        for run, config in (("run", "small.toml"), ("every", "every.toml")):
            self.files |= self._trained(client, run, config)
        self.configurations = (self.text("small.toml"), EVERY, builtin_text("digits"), *DEVICES)

    def text(self, path: str) -> str:
        """The text of the file `path`."""
        return self.files[path].decode()

    def some(self, *paths: str) -> dict[str, bytes | str]:
        """The contents of `paths`."""
        return {path: self.files[path] for path in paths}

    def _trained(self, client: Client, run: str, config: str) -> dict[str, bytes]:
        """The files of a run of `config`."""
        client.run(Example(
            arguments=("train", config, "--data", "npz:small.npz", "--epochs", "2", "--run", run,
                       "--engine", "numpy"),
            files=self.some(config, "small.npz"), writes=(run,)))
        return {f"{run}/{file.name}": file.read_bytes()
                for file in (client.work / run).iterdir()}


def _weights() -> dict[str, bytes]:
    """The weights of a 6-5-3 network in every format that can be imported."""
    random = np.random.default_rng(1)
    arrays = {name: random.normal(0, 1, shape).astype(np.float32) for name, shape in (
        ("weight_1", (6, 5)), ("bias_1", (5,)), ("weight_2", (5, 3)), ("bias_2", (3,)))}
    archive = io.BytesIO()
    np.savez(archive, **arrays)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "weight_1"], ["m"]),
         helper.make_node("Add", ["m", "bias_1"], ["a"]), helper.make_node("Relu", ["a"], ["h"]),
         helper.make_node("Gemm", ["h", "weight_2", "bias_2"], ["y"], alpha=1.0)], "graph",
        [helper.make_tensor_value_info("x", 1, ["n", 6])],
        [helper.make_tensor_value_info("y", 1, ["n", 3])],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()])
    return {"weights.npz": archive.getvalue(), "weights.safetensors": save(arrays),
            "weights.onnx": helper.make_model(graph).SerializeToString()}


def _table(folder: Path) -> bytes:
    """The table of `SWEEP` with all its rows."""
    tasks = plan(load_sweep(str(folder / "sweep.toml")), f"npz:{folder / 'small.npz'}")
    samples.cache_clear()
    text = io.StringIO(newline="")
    rows = [_row(task) for task in tasks]
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _row(task: Task) -> dict[str, str]:
    *planned, digest = task.identity
    identity = {**task.identity, "data": "npz:small.npz"}
    measured = dict.fromkeys(MEASURED, "17") | {
        "accuracy": "0.75", "accuracy_by_epoch": "0.5 0.75", "pulses": "1234"}
    return {**{name: identity[name] for name in planned}, **measured, digest: identity[digest],
            "version": __version__}


def _idx(archive: Path) -> dict[str, bytes]:
    """The same samples in MNIST's format."""
    files = {}
    with np.load(archive) as arrays:
        for part, prefix in (("train", "train"), ("test", "t10k")):
            images, labels = arrays[f"x_{part}"], arrays[f"y_{part}"]
            files[f"mnist/{prefix}-images-idx3-ubyte"] = struct.pack(
                ">4I", 0x803, len(images), 2, 3) + images.tobytes()
            files[f"mnist/{prefix}-labels-idx1-ubyte"] = struct.pack(
                ">2I", 0x801, len(labels)) + labels.astype(np.uint8).tobytes()
    return files
