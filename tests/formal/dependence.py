"""Dependence: on which inputs of a component its outputs depend within a cycle, in its netlist."""

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from amaranth.back import rtlil
from amaranth.lib.wiring import Component
from formal.prover import run_yosys
from formal.streams import streams

_SCRIPT = """
read_rtlil design.il
hierarchy -check -top design
proc
flatten
opt_clean
memory_collect
opt_clean
write_json design.json
"""


def wait_for_ready(component: Component, folder: Path) -> set[str]:
    """The sources of `component` whose `valid` or payload depends on their own `ready` in the same
    cycle.

    Raises:
        ProverError: yosys is missing, or failed.
    """
    (folder / "design.il").write_text(rtlil.convert(component, name="design", emit_src=False))
    run_yosys(_SCRIPT, folder)
    module = json.loads((folder / "design.json").read_text())["modules"]["design"]
    nets = {name: set(port["bits"]) for name, port in module["ports"].items()}
    drivers = _drivers(module["cells"].values())
    found = set()
    for name, _, is_source in streams(component):
        if is_source and f"{name}__ready" in nets:
            offered = {bit for net, bits in nets.items() if net == f"{name}__valid"
                       or net.startswith(f"{name}__payload") for bit in bits}
            if _cone(offered, drivers) & nets[f"{name}__ready"]:
                found.add(name)
    return found


def _drivers(cells: Iterable[dict]) -> dict[object, set]:
    """For every bit that a cell computes from others in the same cycle: those others."""
    drivers: dict[object, set] = defaultdict(set)
    for cell in cells:
        if "dff" in cell["type"]:
            continue
        ports, directions = cell["connections"], cell["port_directions"]
        if cell["type"] == "$mem_v2" and set(cell["parameters"]["RD_CLK_ENABLE"]) == {"1"}:
            continue
        inputs = {bit for port, bits in ports.items() if directions[port] == "input"
                  for bit in bits}
        for port, bits in ports.items():
            if directions[port] == "output":
                for bit in bits:
                    drivers[bit] |= inputs
    return drivers


def _cone(bits: set, drivers: dict[object, set]) -> set:
    """The `bits` and all that they depend on."""
    seen, new = set(), set(bits)
    while new:
        seen |= new
        new = set().union(*(drivers.get(bit, set()) for bit in new)) - seen
    return seen
