"""Pack: from a placed design to the bitstream for its board."""

from pathlib import Path

from .family import Packer, Part

LOG = "pack.log"


def packer_of(part: Part) -> Packer:
    """The tool that makes bitstreams for `part`.

    Raises:
        ValueError: only the vendor's tool does.
    """
    if part.family.packer is None:
        raise ValueError(f"part must be one for which bitstreams are packed, not {part.name}")
    return part.family.packer


def pack(part: Part, folder: Path) -> Path:
    """Make a bitstream from the design that `place` has placed in `folder`; returns its file there.

    Raises:
        fpga.tools.ToolMissingError: the packer is not installed.
        fpga.tools.ToolFailedError: it refuses the design.
    """
    packer = packer_of(part)
    packer.tool.run([*part.pack, *packer.arguments], folder, LOG)
    return folder / f"design.{packer.suffix}"
