"""What is built: the whole configuration as frozen models, checked when it is made."""

from .config import Config
from .design import Design, Layer
from .device import Curve, Device
from .load import ConfigError, builtin_names, load_config
from .network import Network
from .numbers import Numbers
from .parts import Engine, Training
from .update import Update
from .variation import Variation

__all__ = [
    "Config",
    "ConfigError",
    "Curve",
    "Design",
    "Device",
    "Engine",
    "Layer",
    "Network",
    "Numbers",
    "Training",
    "Update",
    "Variation",
    "builtin_names",
    "load_config",
]
