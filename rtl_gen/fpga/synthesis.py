"""Synthesis: emitted Verilog to the netlist of a part's family, with Yosys."""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from .family import Family
from .tools import YOSYS, ToolFailedError

_OPEN = "setattr -mod -unset keep_hierarchy *\nflatten\nclean\n"
"""Modules are flattened only after the steps that would merge their registers."""

JSON, VERILOG, LOG, COUNTS = "netlist.json", "netlist.v", "synthesis.log", "cells.json"


@dataclass(frozen=True, kw_only=True)
class Netlist:
    """A synthesised design: `json` is for place and route, `verilog` for simulation.

    `cells` counts its cells by type, `resources` what they take of each of `family.RESOURCES`.
    """

    family: Family
    json: Path
    verilog: Path
    cells: dict[str, int]

    @property
    def resources(self) -> dict[str, int]:
        return self.family.synthesis.resources(self.cells)


class SynthesisConflictError(ToolFailedError):
    """Yosys found conflicting drivers, which it replaces by a constant: the netlist is wrong."""


def synthesise(verilog: Path, top: str, family: Family, folder: Path, *,
               apart: str | None = None) -> Netlist:
    """Synthesise the module `top` of the file `verilog` into `folder`, a folder for each design.

    The folder is made if it is missing, and afterwards holds Yosys's script and log as well. The
    module `apart` is synthesised by itself, as if it were a top, and only then joined with the
    rest.

    Raises:
        fpga.tools.ToolMissingError: Yosys is not installed.
        fpga.tools.ToolFailedError: Yosys refuses the design.
        SynthesisConflictError: Yosys's log reports a conflict.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(verilog, folder / "design.v")
    set_apart = ""
    if apart:
        set_apart = (f"select -assert-mod-count 1 ={apart}\n"
                     f"setattr -mod -set keep_hierarchy 1 ={apart}\n")
    (folder / "synthesis.ys").write_text(
        f"read_verilog design.v\n{set_apart}{family.synthesis.command} -top {top}\n{_OPEN}check\n"
        f"write_json {JSON}\nwrite_verilog -noattr {VERILOG}\ntee -q -o {COUNTS} stat -json\n",
        encoding="utf-8")
    check_log(YOSYS.run(["-s", "synthesis.ys"], folder, LOG))
    counts = json.loads((folder / COUNTS).read_text(encoding="utf-8"))
    return Netlist(family=family, json=folder / JSON, verilog=folder / VERILOG,
                   cells=counts["design"]["num_cells_by_type"])


def check_log(log: str) -> None:
    """Check that a log of Yosys reports no conflict.

    Raises:
        SynthesisConflictError: a line does; the message has every such line.
    """
    found = [line.strip() for line in log.splitlines() if re.search("conflict", line, re.I)]
    if found:
        raise SynthesisConflictError(
            "synthesis found a conflict, so its netlist cannot be trusted:\n" + "\n".join(found),
            log)
