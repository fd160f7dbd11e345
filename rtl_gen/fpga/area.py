"""Area: what an engine takes after synthesis, against a versioned baseline."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulsetrain import emit
from pulsetrain.files import temporary_folder, write_atomically
from pulsetrain.spec import Config, load_config

from .families import PARTS
from .family import Part
from .synthesis import synthesise
from .tools import YOSYS

BASELINES = Path(__file__).with_name("baselines.json")
"""The versioned baselines: a list of configurations and parts, and what each engine takes."""

TOLERANCE = 0.10
"""Share of the baseline by which a count may differ."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One engine on one part: `source` and `settings` give its configuration; `used` holds how much
    of each resource (`family.RESOURCES`) it took when the baseline was written."""

    source: str
    settings: tuple[str, ...]
    part: Part
    used: dict[str, int]

    @property
    def config(self) -> Config:
        return load_config(self.source, settings=list(self.settings))

    @property
    def name(self) -> str:
        """Its name for people: "mnist-small engine.lanes=4 on ice40up5k"."""
        return " ".join([self.source, *self.settings, "on", self.part.name])

    def differences(self, used: dict[str, int]) -> list[str]:
        """The counts of `used` that differ by more than `TOLERANCE`, each as a message."""
        lanes = self.config.engine.lanes
        return [f"{self.name}: {name} must be within {100 * TOLERANCE:.0f} % of {before:,} "
                f"({before / lanes:,.1f} per lane), not {used[name]:,} ({used[name] / lanes:,.1f} "
                "per lane)"
                for name, before in self.used.items()
                if abs(used[name] - before) > TOLERANCE * before]


def read_baselines(path: Path = BASELINES) -> list[Entry]:
    """The entries of the file `path`."""
    return [Entry(source=entry["config"], settings=tuple(entry["set"]),
                  part=PARTS[entry["part"]], used=entry["used"])
            for entry in json.loads(path.read_text(encoding="utf-8"))["engines"]]


def write_baselines(entries: list[Entry], path: Path = BASELINES) -> None:
    """Write `entries` to the file `path`, with Yosys's version.

    Raises:
        OSError: the file cannot be written.
    """
    content = {"yosys": YOSYS.version, "engines": [
        {"config": entry.source, "set": list(entry.settings), "part": entry.part.name,
         "used": entry.used} for entry in entries]}
    write_atomically(path, (json.dumps(content, indent=2) + "\n").encode())


def measure(config: Config, part: Part,
            step: Callable[[str], Any] = lambda name: None) -> dict[str, int]:
    """How much of each resource of `part` the emitted engine of `config` takes, synthesised alone.

    Raises:
        fpga.tools.ToolMissingError: Yosys is not installed.
        fpga.tools.ToolFailedError: Yosys refuses the design, or its log reports a conflict.
    """
    YOSYS.check()
    with temporary_folder() as folder:
        step("generating")
        emit.generate(config, folder)
        step("synthesising")
        return synthesise(folder / emit.VERILOG, emit.TOP, part.family,
                          folder / "synthesis").resources
