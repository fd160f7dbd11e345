"""NativeSoc: a system on a chip that LiteX wrote, compiled into this process."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pulsetrain.files import read_text

from . import runner
from .board_pins import PINS
from .native_board import NativeLine

_SILENCE = 4_000
"""Clock cycles after which a silent bridge has nothing more to say. Then time stops until something
is sent to it; otherwise it would give up a command that comes slowly (after 0.1 s)."""

_STYLE = ("CASEINCOMPLETE", "COMBDLY", "PINMISSING", "WIDTHTRUNC")
"""Warnings that Migen's Verilog causes."""


class NativeSoc(NativeLine):
    """The SoC in the files `sources`, whose top is the first module of the last one.

    `ports` connects the top's ports to the wires `clk`, `rx` and `tx`, or to constants; others are
    open. The UART takes `divisor` clock cycles per bit.

    Raises:
        what `NativeLine` raises; SimulationFailedError: a file cannot be read.
    """

    def __init__(self, sources: Sequence[Path], ports: Mapping[str, str], *, divisor: int) -> None:
        super().__init__(soc_verilog(sources, ports), divisor=divisor, silence=_SILENCE)


def soc_verilog(sources: Sequence[Path], ports: Mapping[str, str]) -> str:
    """The text with the module `board_pins.PINS` around the SoC."""
    *cores, top = sources
    off = "".join(f"/* verilator lint_off {rule} */\n" for rule in _STYLE)
    connections = ", ".join(f".{port} ({wire})" for port, wire in ports.items())
    return (f"{''.join(_text(core) for core in cores)}\n{off}{_text(top)}\n"
            f"module {PINS}(input clk, input rx, output tx);\n"
            f"  {runner.top_of(top)} soc({connections});\nendmodule\n")


def _text(file: Path) -> str:
    """The Verilog in `file`, which reads its memories' contents from the folder of `file`."""
    text = read_text(file, "Verilog file", runner.SimulationFailedError,
                     limit=runner.VERILOG_BYTES)
    return re.sub(r'(\$readmemh\(")', lambda found: f"{found[1]}{file.parent.absolute()}/", text)
