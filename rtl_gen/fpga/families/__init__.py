"""The FPGA families with their parts; each family is one file, and one entry here."""

from . import ecp5, gowin, ice40, xc7

_FILES = (ecp5, gowin, ice40, xc7)

FAMILIES = {file.FAMILY.name: file.FAMILY for file in _FILES}
"""All families, by name."""

PARTS = {part.name: part for file in _FILES for part in file.PARTS}
"""All parts, by name."""

SIMULATED = tuple(name for name, family in FAMILIES.items() if family.models)
"""Names of the families whose netlists can be simulated."""
