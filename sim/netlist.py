"""Netlists: emitted Verilog as a family's cells, to be simulated like the emitted Verilog.

Yosys's own library says what cells do, but for the multiplier and the block RAM of ECP5, which it
leaves empty: `sim/models/ecp5.v` says it of them.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from pulsetrain.emit import TOP
from pulsetrain.fpga.synthesis import synthesise
from pulsetrain.fpga.tools import YOSYS

from .runner import SimulationFailed

LIBRARY = {"ecp5": ("common_sim.vh", "ccu2c_sim.vh"), "ice40": ("cells_sim.v",)}
"""The files of Yosys's library in which a family's cells are modelled."""

MODELS = Path(__file__).with_name("models")
"""Our own models, a file a family where there are any."""

# Icarus Verilog does not know default values of ports; Yosys connects every one.
_DEFINES = "`define NO_ICE40_DEFAULT_ASSIGNMENTS\n"

# What Verilator finds in netlists and in Yosys's models when nothing is wrong: unused ports are
# left open, and parameters of one bit are written as integers.
_WAIVERS = "".join(f"/* verilator lint_off {rule} */\n" for rule in (
    "INITIALDLY", "PINMISSING", "TIMESCALEMOD", "WIDTHTRUNC", "WIDTHEXPAND"))

_MODULE = re.compile(r"^(?:\(\*[^\n]*\*\)\s*)?module (\w+).*?^endmodule", re.DOTALL | re.MULTILINE)
_DELAYS = re.compile(r"^\s*specify\b.*?\bendspecify\b", re.DOTALL | re.MULTILINE)


def make_netlist(verilog: Path, family: str, folder: Path) -> Path:
    """Synthesise the emitted file `verilog` for `family` into `folder`.

    Returns:
        A file of the netlist and of its cells' models, with the emitted file's top and ports.

    Raises:
        fpga.tools.ToolMissing: Yosys is not installed.
        fpga.tools.ToolFailed: Yosys refuses the design, or tells of a conflict.
        sim.runner.SimulationFailed: nobody says what a cell does.
    """
    netlist = synthesise(verilog, TOP, family, folder)
    used = [cell for cell in netlist.cells if not cell.startswith("$")]  # no hardware
    path = folder / "simulated.v"
    text = netlist.verilog.read_text(encoding="utf-8")
    path.write_text(_WAIVERS + text + cell_models(family, used), encoding="utf-8")
    return path


def cell_models(family: str, used: Iterable[str]) -> str:
    """The models of the cells `used`, and of those within them, in one text without delays.

    Raises:
        sim.runner.SimulationFailed: there is no model of a cell.
    """
    preamble, models = _DEFINES, {}
    files = [YOSYS.folder / "share" / family / name for name in LIBRARY[family]]
    for path in [*files, *MODELS.glob(f"{family}.v")]:
        text = _DELAYS.sub("", path.read_text(encoding="utf-8"))
        preamble += text[:_MODULE.search(text).start()]
        models |= {found[1]: found[0] for found in _MODULE.finditer(text)}
    needed: dict[str, str] = {}
    waiting = list(used)
    while waiting:
        cell = waiting.pop()
        if cell not in models:
            raise SimulationFailed(f"the cell {cell} of {family} has no model to be simulated")
        if cell not in needed:
            needed[cell] = models[cell]
            waiting += [name for name in models if re.search(rf"^\s*{name} [#\w]", models[cell],
                                                             re.MULTILINE)]
    return "\n".join([preamble, *(needed[cell] for cell in sorted(needed)), ""])
