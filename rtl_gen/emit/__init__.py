"""Emit: from a configuration, write its Verilog, its manifest and the configuration itself."""

from .generate import (
    CELLS,
    CONFIGURATION,
    MANIFEST,
    VERILOG,
    WAIVERS,
    EngineNameError,
    check_name,
    generate,
    output_names,
)
from .manifest import TOP, make_manifest
from .verilog import EmitError, emit_all, emit_verilog, rtlil_to_verilog

__all__ = ["CELLS", "CONFIGURATION", "MANIFEST", "TOP", "VERILOG", "WAIVERS", "EmitError",
           "EngineNameError", "check_name", "emit_all", "emit_verilog", "generate",
           "make_manifest", "output_names", "rtlil_to_verilog"]
