"""Synthesis: from emitted Verilog to a netlist for a family of FPGAs, with Yosys."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulsetrain.emit import in_files

from .family import Family
from .tools import YOSYS, ToolFailedError

_OPEN = "setattr -mod -unset keep_hierarchy *\nflatten\nclean\n"
"""Modules are flattened only after the steps that would merge their registers."""

_MULTIPLIER = re.compile(
    r"^module (\w*multiplier_s(\d+)_([su])(\d+)_s(\d+)(?:_\w+)?)\(.*?^endmodule$",
    re.DOTALL | re.MULTILINE)
"""A module of `hdl.library.multiplier.Multiplier`."""

JSON, VERILOG, LOG, COUNTS = "netlist.json", "netlist.v", "synthesis.log", "cells.json"

CONTENTS = "contents"
"""The folder of the initial contents of memories."""


@dataclass(frozen=True, kw_only=True)
class Netlist:
    """A synthesised design: `json` is for place and route, `verilog` for simulation.

    `cells` counts its cells by type, `resources` how much of each of `family.RESOURCES` they take.
    """

    family: Family
    json: Path
    verilog: Path
    cells: dict[str, int]

    @property
    def resources(self) -> dict[str, int]:
        return self.family.synthesis.resources(self.cells)


class SynthesisConflictError(ToolFailedError):
    """Yosys found conflicting drivers and replaced them by a constant: the netlist is wrong."""


def synthesise(verilog: Path, top: str, family: Family, folder: Path, *,
               separate: str | None = None, watch: Callable[[str], Any] = lambda log: None,
               limit: float | None = None) -> Netlist:
    """Synthesise the module `top` of the file `verilog` into `folder`, used by no other design.

    The folder is created if it is missing, and then also holds Yosys's script and log, and the
    initial contents of memories. The module `separate` is synthesised separately, as if it were a
    top, and then joined with the rest. `watch` is called with the log about once a second; Yosys
    may take `limit` seconds.

    Raises:
        fpga.tools.ToolMissingError: Yosys is not installed.
        fpga.tools.TimeLimitError: it takes longer than `limit` seconds.
        fpga.tools.ToolFailedError: Yosys refuses the design.
        SynthesisConflictError: Yosys's log reports a conflict.
    """
    (folder / CONTENTS).mkdir(parents=True, exist_ok=True)
    text = with_registered_multipliers(verilog.read_text(encoding="utf-8"), family)
    (folder / "design.v").write_text(in_files(text, folder / CONTENTS), encoding="utf-8")
    keep = ""
    if separate:
        keep = (f"select -assert-mod-count 1 ={separate}\n"
                f"setattr -mod -set keep_hierarchy 1 ={separate}\n")
    (folder / "synthesis.ys").write_text(
        f"read_verilog design.v\n{keep}{family.synthesis.command} -top {top}\n{_OPEN}check\n"
        f"write_json {JSON}\nwrite_verilog -noattr {VERILOG}\ntee -q -o {COUNTS} stat -json\n",
        encoding="utf-8")
    check_log(YOSYS.run(["-s", "synthesis.ys"], folder, LOG, watch=watch, limit=limit))
    counts = json.loads((folder / COUNTS).read_text(encoding="utf-8"))
    return Netlist(family=family, json=folder / JSON, verilog=folder / VERILOG,
                   cells=counts["design"]["num_cells_by_type"])


def with_registered_multipliers(verilog: str, family: Family) -> str:
    """`verilog` in which the multipliers, with their registers, are cells of `family`, if it has a
    cell that contains such registers."""
    cell = family.synthesis.multiplier
    if cell is None:
        return verilog

    def replaced(module: re.Match[str]) -> str:
        weight, operand, product = (int(module[group]) for group in (2, 4, 5))
        if max(weight, operand) > cell.bits:
            return module[0]
        return cell.module(module[1], weight, operand, product, signed=module[3] == "s")

    return _MULTIPLIER.sub(replaced, verilog)


def check_log(log: str) -> None:
    """Check that a log of Yosys reports no conflict.

    Raises:
        SynthesisConflictError: it does; the message has every line that reports one.
    """
    found = [line.strip() for line in log.splitlines() if re.search("conflict", line, re.I)]
    if found:
        raise SynthesisConflictError(
            "synthesis found a conflict, so its netlist cannot be trusted:\n" + "\n".join(found),
            log)
