"""Pulsetrain: from one configuration to FPGA hardware that learns, verified bit by bit.

The public names are those below; `import pulsetrain` is cheap, and each name is imported when it
is first used::

    import pulsetrain

    history = pulsetrain.train("digits", epochs=5)           # exactly what the hardware learns
    history.plot("curve.png")
    pulsetrain.generate("digits", "engine")                  # its Verilog
    assert pulsetrain.verify("engine", samples=50).equal     # simulated, and compared

| name | what it is |
|---|---|
| `load_config`, `Config` | a configuration: by name, from a file, with some values replaced |
| `load_data` | a data set: by name, or from arrays |
| `Device` | a synapse device: a preset, measured points, their fit, a drawing |
| `tune` | settings that fit a device: searched on samples that are held out |
| `train`, `History` | training in one call; its figures as arrays, a drawing, a run folder |
| `Trainer` | training step by step on any backend: model, simulator, virtual board, board |
| `import_weights`, `export_weights` | pairs from a floating-point network; states to ONNX |
| `generate`, `verify`, `estimate`, `build` | hardware: Verilog, comparison, costs, bitstream |
| `VirtualBoard` | a simulated board behind a serial port |
| `PulsetrainError` | the base class of the exceptions, whose messages say what to change |

A configuration can be given by name ("digits"), as a path, or as a `Config`; data by name
("digits", "mnist:FOLDER", "npz:FILE"), or as arrays. `pulsetrain.litex` is for SoCs by LiteX
(docs/how-to/litex.md). Everything else in this package is internal, including its modules and
their names, and may change without notice.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import PulsetrainError
    from .face.device import Device
    from .face.estimation import estimate
    from .face.hardware import build, generate
    from .face.history import History
    from .face.inputs import load_config, load_data
    from .face.trainer import Trainer
    from .face.training import train
    from .face.tuning import tune
    from .face.verification import verify
    from .face.weights import export_weights, import_weights
    from .sim.virtual import VirtualBoard
    from .spec import Config

__version__ = "0.2.0"

__all__ = [
    "Config",
    "Device",
    "History",
    "PulsetrainError",
    "Trainer",
    "VirtualBoard",
    "__version__",
    "build",
    "estimate",
    "export_weights",
    "generate",
    "import_weights",
    "load_config",
    "load_data",
    "train",
    "tune",
    "verify",
]

_MODULES = {
    "Config": "spec",
    "Device": "face.device",
    "History": "face.history",
    "PulsetrainError": "errors",
    "Trainer": "face.trainer",
    "VirtualBoard": "sim.virtual",
    "build": "face.hardware",
    "estimate": "face.estimation",
    "export_weights": "face.weights",
    "generate": "face.hardware",
    "import_weights": "face.weights",
    "load_config": "face.inputs",
    "load_data": "face.inputs",
    "train": "face.training",
    "tune": "face.tuning",
    "verify": "face.verification",
}
"""The module of each public name."""


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
