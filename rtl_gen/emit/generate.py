"""Generate: write all the files made from a configuration into a folder."""

import json
import re
from pathlib import Path

from pulsetrain import __version__
from pulsetrain.errors import PulsetrainError, shown
from pulsetrain.files import write_atomically
from pulsetrain.hdl.engine.engine import Engine
from pulsetrain.spec import Config

from .bus import EXPORTS, bus_top, emit_bus, export_bus
from .manifest import TOP, make_manifest
from .verilog import emit_verilog

VERILOG, MANIFEST, CONFIGURATION = f"{TOP}.v", "manifest.json", "config.json"

CELLS = Path(__file__).with_name("cells")
"""The folder of the models of cells that engines can instantiate."""

CELL_NAMES = tuple(sorted(path.stem for path in CELLS.glob("*.v")))
"""The cells that engines can instantiate."""

WAIVERS = Path(__file__).with_name("waivers.vlt")
"""The waivers of Verilator's warnings for any emitted file."""

CROSSING_WAIVERS = Path(__file__).with_name("crossing.vlt")
"""More of them, for a bus whose engine has a clock of its own."""

MOST_NAME = 60
"""Most characters of an engine's name."""

_HEADER = """\
// {name}: {what} of the configuration {config}, {lanes} lanes; pulsetrain {version}.
// Engine digest {engine_digest}
// Learning digest {learning_digest}
// Ports, fields, registers and memory are described in manifest.json. Made by `pulsetrain
// generate`: do not edit. This text is yours, as its configuration is; Pulsetrain's license does
// not extend to it.
`timescale 1ns / 1ps

"""

_NAME = re.compile(rf"[A-Za-z][A-Za-z0-9_]{{0,{MOST_NAME - 1}}}")


class EngineNameError(PulsetrainError, ValueError):
    """A name cannot be that of an engine's Verilog module."""


def check_name(name: str) -> None:
    """Check that `name` can be that of an engine's Verilog module and file.

    Raises:
        EngineNameError: it cannot.
    """
    if not _NAME.fullmatch(name) or name in CELL_NAMES:
        raise EngineNameError(f"--name must be a letter and up to {MOST_NAME - 1} letters, digits "
                              f"and _, and no cell's name, not {shown(name)}")


def output_names(name: str = TOP, bus: str = "") -> tuple[str, ...]:
    """The names of all files that `generate` can write for an engine called `name` with a `bus`."""
    tops = [name, bus_top(name, bus)] if bus else [name]
    exported = [f"{tops[-1]}.{kind}" for kind in EXPORTS if bus]
    return (*(f"{top}.{kind}" for top in tops for kind in ("v", "vlt")), *exported, MANIFEST,
            CONFIGURATION, *(f"{cell}.v" for cell in CELL_NAMES))


def generate(config: Config, folder: Path, name: str = TOP, *,
             initial_values: bool = True, bus: str = "", crosses: bool = False) -> dict:
    """Write the engine of `config` into `folder`; returns its manifest.

    `name` is that of its top module and of its file, and the beginning of the names of all its
    modules. Without `initial_values`, registers and memories are unknown until they are reset or
    written. The files are `NAME.v`, `NAME.vlt` (waivers of Verilator's warnings), `manifest.json`,
    `config.json`, and models of the cells that the manifest lists. With a `bus`, one of
    `bus_map.BUSES`, a top beside the engine has files of its own, and an entry "bus" in the
    manifest; if it `crosses`, the engine has a clock of its own. The folder is created if it is
    missing. Each file is written completely or not at all.

    Raises:
        EngineNameError: `name` cannot be a module's name.
        OSError: the folder cannot be created or written.
    """
    check_name(name)
    engine = Engine(config)
    manifest = make_manifest(config, engine, name, initial_values=initial_values)
    texts = {name: ("the engine", emit_verilog(engine, name, initial_values=initial_values),
                     manifest["ports"])}
    if bus:
        text, manifest["bus"] = emit_bus(config, name, bus, crosses=crosses,
                                         initial_values=initial_values)
        texts[bus_top(name, bus)] = (f"the engine {name} behind a bus,", text,
                                     manifest["bus"]["ports"])
    contents = export_bus(config, name, bus, manifest["bus"]["ports"]) if bus else {}
    for top, (what, text, ports) in texts.items():
        text = _with_ports(text, top, [port["name"] for port in ports])
        header = _HEADER.format(
            name=top, what=what, config=config.name, lanes=config.engine.lanes,
            version=__version__, engine_digest=manifest["engine_digest"],
            learning_digest=manifest["learning_digest"])
        contents[f"{top}.v"] = header + text
        contents[f"{top}.vlt"] = _waivers(top, crosses=crosses and top != name)
    contents |= {
        MANIFEST: json.dumps(manifest, indent=2) + "\n",
        CONFIGURATION: config.model_dump_json(indent=2) + "\n",
        **{cell["model"]: (CELLS / cell["model"]).read_text(encoding="utf-8")
           for cell in manifest["required_cells"]},
    }
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in contents.items():
        write_atomically(folder / file, content.encode())
    return manifest


def _with_ports(verilog: str, name: str, ports: list[str]) -> str:
    """`verilog`, with the ports of the module `name` in this order.

    Raises:
        EngineNameError: the name is a keyword.
    """
    head = re.compile(rf"^module {name}\((.*?)\s*\);", re.DOTALL | re.MULTILINE)
    found = head.search(verilog)
    if not found:  # Yosys has escaped it
        raise EngineNameError(f"--name must be no keyword of Verilog, not {shown(name)}")
    assert sorted(re.findall(r"\w+", found[1])) == sorted(ports)
    listed = ",\n".join(f"  {port}" for port in ports)
    body = verilog[found.end():].lstrip("\n")
    before = verilog[:found.start()].partition("*/")[2].lstrip("\n")
    return f"{before}module {name}(\n{listed}\n);\n{body}"


def _waivers(name: str, *, crosses: bool) -> str:
    """The waivers for the file of the top called `name` only; one that `crosses` has two clocks."""
    text = WAIVERS.read_text(encoding="utf-8")
    if crosses:
        text += CROSSING_WAIVERS.read_text(encoding="utf-8").removeprefix("`verilator_config\n")
    return text.replace('-file "*"', f'-file "*{name}.v"')
