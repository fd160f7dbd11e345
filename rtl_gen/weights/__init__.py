"""Weights in and out: floating-point networks to pairs of devices, and states to other formats."""

from .arrays import network_of
from .export import FORMATS, export
from .mapping import Imported, LayerFit, import_network
from .network import Activation, FloatLayer, FloatNetwork, WeightsError, cross_entropy
from .read import SUFFIXES, read_network

__all__ = [
    "FORMATS",
    "SUFFIXES",
    "Activation",
    "FloatLayer",
    "FloatNetwork",
    "Imported",
    "LayerFit",
    "WeightsError",
    "cross_entropy",
    "export",
    "import_network",
    "network_of",
    "read_network",
]
