"""Critical paths in words: from the cells' and nets' names, back to the engine's blocks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

# Yosys names what it made of a signal after the signal, its cell and port, one after the other.
_MADE = re.compile(r"_(?:TRELLIS|LUT[1-4]|CCU2C|PFUMX|L6MUX21|MULT18X18D|DP16KD|SB)_.*"
                   r"|_(?:ALU|DFF\w*|MUX2)_.*"
                   r"|\$(?!\d).*|_(?:DFF)?LC$")


@dataclass(frozen=True, kw_only=True)
class CriticalPath:
    """A path from one register to another, by the engine's names ("backward.exact").

    `blocks` are those that it leads through, in order.
    """

    start: str
    end: str
    blocks: tuple[str, ...]
    nanoseconds: float


def path_of(names: Sequence[str], nanoseconds: float) -> CriticalPath:
    """The path through the cells or nets `names`, from one register to another."""
    signals = [signal for signal in map(_signal, names) if signal]
    blocks = [signal.split(".")[0] for signal in signals]
    return CriticalPath(start=signals[0], end=signals[-1], nanoseconds=nanoseconds,
                        blocks=tuple(block for block, _ in groupby(blocks)))


def _signal(name: str) -> str:
    """What a cell or net was made of: no suffix of a tool, no number of a copy or of a memory's
    part; empty where a tool has made it of nothing."""
    made_of = re.sub(r"\$\d+|(\.\d+)+$", "", _MADE.sub("", name))
    return made_of.removeprefix("core.").removeprefix("engine.")
