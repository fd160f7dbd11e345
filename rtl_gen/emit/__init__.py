"""Emit: from a configuration, write its Verilog, its manifest and the configuration itself."""

from .contents import in_files, in_loops
from .generate import (
    CELLS,
    CONFIGURATION,
    CROSSING_WAIVERS,
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

__all__ = ["CELLS", "CONFIGURATION", "CROSSING_WAIVERS", "MANIFEST", "TOP", "VERILOG", "WAIVERS",
           "EmitError", "EngineNameError", "check_name", "emit_all", "emit_verilog", "generate",
           "in_files", "in_loops", "make_manifest", "output_names", "rtlil_to_verilog"]
