"""Pack: a placed design to the bitstream that its board is loaded with."""

from pathlib import Path

from .parts import Part
from .tools import PACKERS

COMMANDS = {
    "ecp5": ("bit", ("--compress", "design.config", "design.bit")),
    "gowin": ("fs", ("-o", "design.fs", "design.json")),
    "ice40": ("bin", ("design.asc", "design.bin")),
}
"""The kind of bitstream of each family, and its packer's arguments."""

LOG = "pack.log"


def pack(part: Part, folder: Path) -> Path:
    """Make a bitstream of the design that `place` has placed in `folder`; returns its file there.

    Raises:
        fpga.tools.ToolMissing: the packer is not installed.
        fpga.tools.ToolFailed: it refuses the design.
    """
    kind, arguments = COMMANDS[part.family]
    PACKERS[part.family].run([*part.pack, *arguments], folder, LOG)
    return folder / f"design.{kind}"
