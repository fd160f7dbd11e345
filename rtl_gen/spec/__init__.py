"""The configuration: frozen models that are checked when they are made."""

from .config import Config
from .design import Design, Layer
from .device import Curve, Device
from .energy import Energy
from .load import ConfigError, builtin_names, load_config
from .network import Network
from .numbers import Numbers
from .parts import Engine, Training
from .scaling import Scaling
from .update import Update
from .variation import Variation

__all__ = [
    "Config",
    "ConfigError",
    "Curve",
    "Design",
    "Device",
    "Energy",
    "Engine",
    "Layer",
    "Network",
    "Numbers",
    "Scaling",
    "Training",
    "Update",
    "Variation",
    "builtin_names",
    "load_config",
]
