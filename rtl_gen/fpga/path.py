"""Critical paths, described by names of the engine's signals and blocks instead of cells."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, kw_only=True)
class CriticalPath:
    """A path from one register to another, with the engine's names ("backward.exact").

    `blocks` are the blocks that it passes, in order.
    """

    start: str
    end: str
    blocks: tuple[str, ...]
    nanoseconds: float


def path_of(names: Sequence[str], nanoseconds: float, made_names: str) -> CriticalPath:
    """The path through the cells or nets `names`, from one register to another.

    The regular expression `made_names` matches what the family's tools append to a signal's name.
    """
    signals = [signal for signal in (_signal(name, made_names) for name in names) if signal]
    blocks = [signal.split(".")[0] for signal in signals]
    return CriticalPath(start=signals[0], end=signals[-1], nanoseconds=nanoseconds,
                        blocks=tuple(block for block, _ in groupby(blocks)))


def _signal(name: str, made_names: str) -> str:
    """The signal that a cell or net was made from, without the suffixes of tools and the numbers of
    copies and of a memory's parts; empty if it was not made from a signal."""
    signal = re.sub(rf"{made_names}|\$(?!\d).*", "", name)
    return re.sub(r"\$\d+|(\.\d+)+$", "", signal).removeprefix("core.").removeprefix("engine.")
