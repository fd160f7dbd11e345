"""Checks of emitted Verilog by Icarus and by slang."""

import shutil
from pathlib import Path

from pyslang.ast import Compilation
from pyslang.syntax import SyntaxTree

from pulsetrain.processes import run

SILENT = {"DiagCode(ArithOpMismatch)", "DiagCode(SignConversion)"}
"""Operands of two widths, which Verilog extends: slang is silent of them unless asked."""


def check_icarus(verilog: Path, top: str) -> None:
    """Icarus warns of nothing in the module `top` of the file `verilog`."""
    linted = run([shutil.which("iverilog"), "-g2012", "-Wall", "-t", "null", "-s", top,
                  str(verilog)])
    assert (linted.returncode, linted.stdout + linted.stderr) == (0, "")


def check_slang(verilog: Path, top: str) -> None:
    """Slang finds nothing, and no top but `top`."""
    compilation = Compilation()
    compilation.addSyntaxTree(SyntaxTree.fromFile(str(verilog)))
    assert {str(entry.code) for entry in compilation.getAllDiagnostics()} <= SILENT
    assert {found.name for found in compilation.getRoot().topInstances} == {top}
