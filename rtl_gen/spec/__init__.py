"""What is built: the whole configuration as frozen models, checked when it is made."""

from .config import Config, Layer
from .load import ConfigError, builtin_names, load_config
from .network import Network
from .numbers import Numbers
from .parts import Device, Engine, Training
from .update import Update

__all__ = [
    "Config",
    "ConfigError",
    "Device",
    "Engine",
    "Layer",
    "Network",
    "Numbers",
    "Training",
    "Update",
    "builtin_names",
    "load_config",
]
