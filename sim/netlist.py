"""Netlists: emitted Verilog as cells of a family, simulated like the emitted Verilog.

Yosys's own library models the cells; those that it leaves empty are modelled in `sim/models`.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from pulsetrain.fpga.families import FAMILIES
from pulsetrain.fpga.family import NetlistModels
from pulsetrain.fpga.synthesis import synthesise
from pulsetrain.fpga.tools import YOSYS

from .runner import SimulationFailedError, top_of

MODELS = Path(__file__).with_name("models")
"""Our own models of cells."""

# Verilator warns of these in netlists and in Yosys's models, but nothing is wrong: unused ports
# are left open, and parameters of one bit are written as integers.
WAIVERS = "".join(f"/* verilator lint_off {rule} */\n" for rule in (
    "INITIALDLY", "PINMISSING", "TIMESCALEMOD", "WIDTHTRUNC", "WIDTHEXPAND"))

_MODULE = re.compile(r"^(?:\(\*[^\n]*\*\)\s*)?module (\w+).*?^endmodule", re.DOTALL | re.MULTILINE)
_DELAYS = re.compile(r"^\s*specify\b.*?\bendspecify\b", re.DOTALL | re.MULTILINE)


def make_netlist(verilog: Path, family: str, folder: Path) -> Path:
    """Synthesise the emitted file `verilog` into `folder`, for a family of `families.SIMULATED`.

    Returns:
        A file of the netlist and of its cells' models, with the emitted file's top and ports.

    Raises:
        fpga.tools.ToolMissingError: Yosys is not installed.
        fpga.tools.ToolFailedError: Yosys refuses the design, or its log reports a conflict.
        sim.runner.SimulationFailedError: a cell has no model.
    """
    netlist = synthesise(verilog, top_of(verilog), FAMILIES[family], folder)
    used = [cell for cell in netlist.cells if not cell.startswith("$")]  # not hardware
    path = folder / "simulated.v"
    text = netlist.verilog.read_text(encoding="utf-8")
    path.write_text(WAIVERS + text + cell_models(FAMILIES[family].models, used), encoding="utf-8")
    return path


def cell_models(sources: NetlistModels, used: Iterable[str]) -> str:
    """The models, from `sources`, of the cells `used` and of the cells within them, in one text
    without delays.

    Raises:
        sim.runner.SimulationFailedError: a cell has no model.
    """
    preamble, models = _read(sources)
    needed: dict[str, str] = {}
    waiting = list(used)
    while waiting:
        cell = waiting.pop()
        if cell not in models:
            raise SimulationFailedError(f"the cell {cell} has no model for simulation")
        if cell not in needed:
            needed[cell] = models[cell]
            waiting += [name for name in models if re.search(rf"^\s*{name} [#\w]", models[cell],
                                                             re.MULTILINE)]
    return "\n".join([preamble, *(needed[cell] for cell in sorted(needed)), ""])


def modelled(sources: NetlistModels) -> list[str]:
    """The names of the cells that `sources` model."""
    return list(_read(sources)[1])


def _read(sources: NetlistModels) -> tuple[str, dict[str, str]]:
    """What precedes the models in `sources`, and the model of each cell by its name."""
    preamble, models = "".join(f"`define {name}\n" for name in sources.defines), {}
    files = [YOSYS.folder / "share" / name for name in sources.library]
    for path in [*files, *(MODELS / name for name in sources.ours)]:
        text = _DELAYS.sub("", path.read_text(encoding="utf-8"))
        preamble += text[:_MODULE.search(text).start()]
        models |= {found[1]: found[0] for found in _MODULE.finditer(text)}
    return preamble, models
