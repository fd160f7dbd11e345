"""Emit: from a configuration, write its Verilog, its manifest and the configuration itself."""

from .generate import CONFIGURATION, FILES, MANIFEST, VERILOG, generate
from .manifest import TOP, make_manifest
from .verilog import EmitError, emit_all, emit_verilog, rtlil_to_verilog

__all__ = ["CONFIGURATION", "FILES", "MANIFEST", "TOP", "VERILOG", "EmitError", "emit_all",
           "emit_verilog", "generate", "make_manifest", "rtlil_to_verilog"]
