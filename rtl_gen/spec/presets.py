"""Devices by name: published ones, and generic curves."""

import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from .fields import Name, Part, Truth


class Preset(Part):
    """A device that comes with the package.

    `device` is a section [device] of a configuration. `source` says where its values come from,
    `note` adds remarks. If not `verified`, the values have not been measured. The device's
    `cycle_sigma` is the published one, or its upper bound if `cycle_sigma_is_bound`.
    """

    name: Name
    title: str
    source: str
    note: str = ""
    verified: Truth = True
    cycle_sigma_is_bound: Truth = False
    device: dict[str, Any]


@cache
def presets() -> dict[str, Preset]:
    """All presets by their names, in alphabetical order."""
    folder = resources.files(__package__) / "presets"
    names = sorted(Path(entry.name).stem for entry in folder.iterdir()
                   if entry.name.endswith(".toml"))
    return {name: Preset(name=name, **tomllib.loads((folder / f"{name}.toml").read_text("utf-8")))
            for name in names}
