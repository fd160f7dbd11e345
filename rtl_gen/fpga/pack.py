"""Pack: from a placed design to the bitstream for its board."""

from pathlib import Path

from .family import Part

LOG = "pack.log"


def pack(part: Part, folder: Path) -> Path:
    """Make a bitstream from the design that `place` has placed in `folder`; returns its file there.

    Raises:
        fpga.tools.ToolMissingError: the packer is not installed.
        fpga.tools.ToolFailedError: it refuses the design.
    """
    packer = part.family.packer
    packer.tool.run([*part.pack, *packer.arguments], folder, LOG)
    return folder / f"design.{packer.suffix}"
