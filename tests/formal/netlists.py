"""Netlists: what synthesis makes of the shared modules does what their Verilog does."""

import re
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from amaranth.hdl import ClockSignal, Const, Instance, Module, ResetSignal, Value, signed, unsigned
from amaranth.lib.wiring import Component, In, Out
from formal.breaks import Break, broken
from formal.cells import CELLS
from formal.prover import Claims, run_yosys
from small import small_config

from pulsetrain.emit import emit_verilog
from pulsetrain.fpga.families import FAMILIES, SIMULATED
from pulsetrain.fpga.family import NetlistModels
from pulsetrain.fpga.synthesis import synthesise
from pulsetrain.hdl.engine.conductance import PairConductance
from pulsetrain.hdl.engine.device import DeviceDraw
from pulsetrain.hdl.engine.refresh import Refresh
from pulsetrain.hdl.engine.step import PairStep
from pulsetrain.hdl.engine.synapse import SynapseBank
from pulsetrain.hdl.engine.table import Table
from pulsetrain.hdl.library.copy import Copy
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.library.multiplier import Multiplier
from pulsetrain.hdl.library.shared import SharedComponent
from pulsetrain.sim.netlist import cell_models, modelled
from pulsetrain.spec.memories import MemorySize

TOP = "modules"

_MEMORY = re.compile(r"^ *reg \[.*\] \S+ \[.*\];$", re.MULTILINE)

LIBRARIES = {name: FAMILIES[name].models for name in SIMULATED} | {
    "gowin": NetlistModels(library=("gowin/cells_sim.v",))}
"""Models of cells by family; those of `CELLS` replace them."""

_LINEAR = small_config(device={"levels": 6}, update={"refresh_state": 4})
_CURVED = small_config(
    device={"kind": "exponential", "levels": 7, "potentiation": {"u": 5.0}},
    variation={"classes": 2, "step": 0.3, "stuck_low": 0.1, "stuck_high": 0.1},
    update={"refresh_swaps": True})

_READ = f"""
read_verilog rtl.v
hierarchy -top {TOP}
proc
flatten
rename {TOP} rtl
write_rtlil rtl.il
design -reset
read_verilog netlist.v
{{library}}
read_verilog -defer -overwrite ours.v
read_verilog -defer -overwrite cells.v
hierarchy -check -top {TOP}
proc
flatten
rename {TOP} netlist
write_rtlil netlist.il
"""


SHARED: dict[str, Callable[[], dict[str, SharedComponent]]] = {
    "computed": lambda: {
        "copy": Copy(5), "copy_of_control": Copy(1, control=True, init=1),
        "multiplier": Multiplier(signed(5), unsigned(6), signed(11)),
        "multiplier_of_deltas": Multiplier(signed(5), signed(6), signed(11)),
        "step": PairStep(_LINEAR), "refresh": Refresh(_LINEAR),
        "bank": SynapseBank(MemorySize(depth=16, bits=4)), "draw": DeviceDraw(),
        "table": Table([(7 * word * word + 3) % 32 for word in range(16)], unsigned(5), ports=2)},
    "tabulated": lambda: {
        "step": PairStep(_CURVED), "refresh": Refresh(_CURVED),
        "conductance": PairConductance(_CURVED)},
    "in block RAM": lambda: {
        "bank": SynapseBank(MemorySize(depth=16, bits=4)),
        "table": Table([(11 * word + word // 3) % 16 for word in range(16)], unsigned(4), ports=1)},
}
"""Small modules of every class of shared component, in two designs: a design has one module of most
classes. In a third one, memories must be in block RAM, however small they are."""


class SharedModules(Component):
    """All of one design of `SHARED` side by side; the ports of each have its name before theirs."""

    def __init__(self, design: str) -> None:
        self.parts = SHARED[design]()
        super().__init__({
            f"{part}_{'_'.join(map(str, path))}": (In if member.flow == In else Out)(
                Value.cast(value).shape())
            for part, component in self.parts.items()
            for path, member, value in component.signature.flatten(component)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        for part, component in self.parts.items():
            m.submodules[part] = component
            for path, member, value in component.signature.flatten(component):
                port = getattr(self, f"{part}_{'_'.join(map(str, path))}")
                inside = Value.cast(value)
                m.d.comb += inside.eq(port) if member.flow == In else port.eq(inside)
        return m


class _Both(Component):
    """The Verilog of `SharedModules` and its netlist, with the same inputs."""

    def __init__(self, ports: Component) -> None:
        members = ports.signature.members
        self.inputs = {name: member for name, member in members.items() if member.flow == In}
        self.outputs = {name: member for name, member in members.items() if member.flow == Out}
        super().__init__({**self.inputs, **{
            f"{name}_{of}": member for name, member in self.outputs.items()
            for of in ("rtl", "netlist")}})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        for of in ("rtl", "netlist"):
            m.submodules[of] = Instance(
                of, i_clk=ClockSignal(), i_rst=ResetSignal(),
                **{f"i_{name}": getattr(self, name) for name in self.inputs},
                **{f"o_{name}": getattr(self, f"{name}_{of}") for name in self.outputs})
        return m


def netlist_claims(family: str, design: str, folder: Path, fault: Break | None = None) -> Claims:
    """The netlist of every module of a `design` of `SHARED` for `family` gives what its Verilog
    gives, for all inputs and for all time after the first result, as long as no word of a bank is
    read while it is written. Before, what is read from a memory has any value.

    With a `fault`, the netlist is that of hardware that has it.
    """
    folder.mkdir(exist_ok=True)
    modules = SharedModules(design)
    (folder / "rtl.v").write_text(emit_verilog(modules, TOP))
    with broken(fault) if fault else nullcontext():
        verilog = emit_verilog(SharedModules(design), TOP)
    if design == "in block RAM":
        verilog = _MEMORY.sub(r'(* ram_style = "block" *) \g<0>', verilog)
    (folder / "design.v").write_text(verilog)
    netlist = synthesise(folder / "design.v", TOP, FAMILIES[family], folder / family)
    if design == "in block RAM":
        assert netlist.resources["block_ram"] == len(modules.parts)
    (folder / "netlist.v").write_text(netlist.verilog.read_text())
    models = LIBRARIES[family]
    ours = replace(models, library=())
    (folder / "ours.v").write_text(cell_models(ours, {*modelled(ours)} & {*netlist.cells}))
    (folder / "cells.v").write_text(CELLS.get(family, ""))
    defines = "".join(f"-D {name} " for name in models.defines)
    run_yosys(_READ.format(library="\n".join(
        f"read_verilog -defer {defines}+/{name}" for name in models.library)), folder)

    both = _Both(modules)
    claims = Claims(both)
    claims.sources = ["rtl.il", "netlist.il"]
    if "bank" in modules.parts:
        claims.assume(~both.bank_write | (both.bank_read_address != both.bank_write_address))
    for name in both.outputs:
        part = modules.parts[max((part for part in modules.parts if name.startswith(f"{part}_")),
                                 key=len)]
        latency = 0 if isinstance(part, Copy) else part.latency
        begun = delayed(claims.m, Const(1), latency, f"begun_{name}", control=True)
        claims.claim(f"{name}_is_the_same", ~begun | (
            getattr(both, f"{name}_rtl") == getattr(both, f"{name}_netlist")))
    return claims

