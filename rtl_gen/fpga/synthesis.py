"""Synthesis: emitted Verilog to the netlist of a part's family, with Yosys."""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from .parts import RESOURCES
from .tools import YOSYS, ToolFailed

FAMILIES = ("ecp5", "ice40")
"""Families whose netlists can be simulated."""

SYNTHESISE = {"ecp5": "synth_ecp5", "gowin": "synth_gowin -noiopads",
              "ice40": "scratchpad -set synth_ice40.abc9.W 1500\nsynth_ice40 -device u -dsp"}
"""The Yosys commands of each family.

`-dsp` because Yosys otherwise makes an iCE40's multipliers of LUTs: 5,307 LUT4 instead of 3,396
for the digits. ABC9 is Yosys's own choice on both families by now: asking for it gives the same
netlist. It is told that a wire takes 1.5 ns, as on an iCE40UP by icetime's paths, not the half of
that: the fewer look-up tables on a path, the better.
"""

COUNTED = {
    "ecp5": {"LUT4": {"lut4": 1}, "CCU2C": {"lut4": 2}, "TRELLIS_DPR16X4": {"lut4": 4},
             "TRELLIS_FF": {"ff": 1}, "DP16KD": {"block_ram": 1}, "PDPW16KD": {"block_ram": 1},
             "MULT18X18D": {"dsp": 1}},
    "gowin": {"LUT1": {"lut4": 1}, "LUT2": {"lut4": 1}, "LUT3": {"lut4": 1}, "LUT4": {"lut4": 1},
              "ALU": {"lut4": 1}, "RAM16SDP4": {"lut4": 8}, "SDPB": {"block_ram": 1},
              "SDPX9B": {"block_ram": 1}, "DPB": {"block_ram": 1}, "DPX9B": {"block_ram": 1},
              "SP": {"block_ram": 1}, "SPX9": {"block_ram": 1}, "pROM": {"block_ram": 1},
              "pROMX9": {"block_ram": 1}, "MULT9X9": {"dsp": 1}, "MULT18X18": {"dsp": 1}},
    "ice40": {"SB_LUT4": {"lut4": 1}, "SB_RAM40_4K": {"block_ram": 1}, "SB_MAC16": {"dsp": 1}},
}
"""What a cell of each type takes of a part's resources. A carry cell and a memory of 16 words
take the places of LUTs."""

_OPEN = "setattr -mod -unset keep_hierarchy *\nflatten\nclean\n"
"""Modules are kept closed until nothing would merge their registers any more."""

JSON, VERILOG, LOG, COUNTS = "netlist.json", "netlist.v", "synthesis.log", "cells.json"


@dataclass(frozen=True, kw_only=True)
class Netlist:
    """A synthesised design: `json` for place and route, `verilog` to be simulated.

    `cells` counts its cells by type, `resources` what they take, by `parts.RESOURCES`.
    """

    family: str
    json: Path
    verilog: Path
    cells: dict[str, int]

    @property
    def resources(self) -> dict[str, int]:
        used = dict.fromkeys(RESOURCES, 0)
        for cell, count in self.cells.items():
            for resource, each in _takes(self.family, cell).items():
                used[resource] += each * count
        return used


class SynthesisConflict(ToolFailed):
    """Yosys met a conflict between drivers, which it resolves by a constant: a wrong netlist."""


def synthesise(verilog: Path, top: str, family: str, folder: Path, *,
               apart: str | None = None) -> Netlist:
    """Synthesise the module `top` of the file `verilog` into `folder`, one folder a design.

    The folder is made if it is missing, and afterwards holds Yosys's script and log as well. The
    module `apart` is synthesised by itself, as if it were a top, and then put into its place.

    Raises:
        fpga.tools.ToolMissing: Yosys is not installed.
        fpga.tools.ToolFailed: Yosys refuses the design.
        SynthesisConflict: its log tells of a conflict.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(verilog, folder / "design.v")
    set_apart = ""
    if apart:
        set_apart = (f"select -assert-mod-count 1 ={apart}\n"
                     f"setattr -mod -set keep_hierarchy 1 ={apart}\n")
    (folder / "synthesis.ys").write_text(
        f"read_verilog design.v\n{set_apart}{SYNTHESISE[family]} -top {top}\n{_OPEN}check\n"
        f"write_json {JSON}\nwrite_verilog -noattr {VERILOG}\ntee -q -o {COUNTS} stat -json\n",
        encoding="utf-8")
    check_log(YOSYS.run(["-s", "synthesis.ys"], folder, LOG))
    counts = json.loads((folder / COUNTS).read_text(encoding="utf-8"))
    return Netlist(family=family, json=folder / JSON, verilog=folder / VERILOG,
                   cells=counts["design"]["num_cells_by_type"])


def check_log(log: str) -> None:
    """Check that a log of Yosys tells of no conflict.

    Raises:
        SynthesisConflict: a line does; the message names every such line.
    """
    found = [line.strip() for line in log.splitlines() if re.search("conflict", line, re.I)]
    if found:
        raise SynthesisConflict("synthesis met a conflict, so its netlist cannot be trusted:\n"
                                + "\n".join(found), log)


def _takes(family: str, cell: str) -> dict[str, int]:
    """What a cell takes; flip-flops of some families are called DFF or SB_DFF and their options."""
    if cell.startswith(("SB_DFF", "DFF")):
        return {"ff": 1}
    return COUNTED[family].get(cell, {})
