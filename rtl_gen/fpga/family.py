"""Family: all that the tool flow has to know of the FPGAs of one family, as data.

A family is one file of `families`, with its parts, and one entry in `families/__init__.py`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .memories import Memories
from .path import CriticalPath
from .tools import Program, Tool

RESOURCES = ("lut4", "ff", "block_ram", "dsp")
"""What is counted: look-up tables of four inputs, flip-flops, block RAMs, multipliers."""


@dataclass(frozen=True, kw_only=True)
class Synthesis:
    """How Yosys makes a netlist of the family's cells.

    `command` are the lines of its script; ` -top NAME` is appended to the last. `cells` tells how
    many of `RESOURCES` one cell of each type takes. The name of every type of flip-flop begins
    with `flip_flop`.
    """

    command: str
    cells: Mapping[str, Mapping[str, int]]
    flip_flop: str

    def resources(self, cells: Mapping[str, int]) -> dict[str, int]:
        """What a netlist takes of each of `RESOURCES`; `cells` are its cells, counted by type."""
        used = dict.fromkeys(RESOURCES, 0)
        for cell, count in cells.items():
            if cell.startswith(self.flip_flop):
                used["ff"] += count
            for resource, each in self.cells.get(cell, {}).items():
                used[resource] += each * count
        return used


@dataclass(frozen=True, kw_only=True)
class NetlistModels:
    """What a netlist is simulated with: `library` are files of Yosys's own library that model the
    family's cells, `ours` the files of `sim/models` that model those which the library leaves
    empty. `defines` are the macros that are set for both."""

    library: tuple[str, ...]
    ours: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Timing:
    """A program that knows the delays of a placed design better than nextpnr does.

    `critical_path` runs it on the design in a folder and returns the slowest path.
    """

    program: Program
    critical_path: Callable[[Path], CriticalPath]


@dataclass(frozen=True, kw_only=True)
class Placer:
    """How nextpnr places and routes a netlist.

    `options` name the file of the placed design, among others. `constraints` is the suffix of a
    file that assigns pins, `constrained` the options that name it: "{}" is the file. `free` are
    the options for a design whose pins may be anywhere; None where nextpnr cannot place one.
    `cells` gives the resource that each type of cell of nextpnr's report is. `made_names` matches
    what Yosys and nextpnr append to a signal's name when they name a cell that they made of it.
    `timing` is None where nextpnr's own delays count.
    """

    tool: Tool
    options: tuple[str, ...]
    constraints: str
    constrained: tuple[str, ...]
    free: tuple[str, ...] | None
    cells: Mapping[str, str]
    made_names: str
    timing: Timing | None = None


@dataclass(frozen=True, kw_only=True)
class Packer:
    """What makes a bitstream, a file `design.SUFFIX`, of a placed design."""

    tool: Tool
    arguments: tuple[str, ...]
    suffix: str


@dataclass(frozen=True, kw_only=True)
class PllSettings:
    """The MHz that a PLL makes, and the parameters of its cell by which it does."""

    megahertz: float
    parameters: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Pll:
    """A family's PLL.

    `settings` yields all that it can make of a clock of some MHz. The parameters among them that
    are in `widths` are vectors of so many bits. `parameters` and `attributes` of its `cell` are
    always the same, as are the `inputs`, each an integer and its width. `clock`, `output` and
    `lock` are its ports. The output is fed back to the port `feedback` where there is one. A cell
    that `takes_pin` has the pin's buffer inside. `frequency` is the parameter that names the MHz
    of the clock, as text, where there is one.
    """

    settings: Callable[[float], Iterable[PllSettings]]
    cell: str
    clock: str
    output: str
    lock: str
    parameters: Mapping[str, str | int] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    widths: Mapping[str, int] = field(default_factory=dict)
    inputs: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    feedback: str | None = None
    takes_pin: bool = False
    frequency: str | None = None


@dataclass(frozen=True, kw_only=True)
class FitLine:
    """What a linked engine takes, as straight lines through what builds took.

    Look-up tables: `base`; for each lane `lane`, `weight_bit` for each bit of a weight, and `hash`
    for each hash circuit; `bank` for each bit that is selected between banks of synapse memory.
    Flip-flops: `base_ff`, `lane_ff` for each lane, and `bank_ff` for each bit between banks; all
    are 0 where a look-up table and its flip-flop are one cell.
    """

    base: int
    lane: int
    weight_bit: int
    bank: float
    hash: int
    base_ff: int = 0
    lane_ff: int = 0
    bank_ff: int = 0


@dataclass(frozen=True, kw_only=True)
class Family:
    """The FPGAs of one family. `name` is also what Yosys calls it.

    `models` is None where netlists of the family cannot be simulated.
    """

    name: str
    synthesis: Synthesis
    placer: Placer
    packer: Packer
    pll: Pll
    memories: Memories
    line: FitLine
    models: NetlistModels | None = None


@dataclass(frozen=True, kw_only=True)
class Part:
    """One FPGA of a `family`.

    `place` are the arguments that tell its nextpnr which die, package and speed grade, `pack`
    those that tell its packer which die. `totals` holds what the part has of each of `RESOURCES`,
    and of single-port RAMs (`spram`) where it has any.
    """

    name: str
    family: Family
    place: tuple[str, ...]
    totals: Mapping[str, int]
    pack: tuple[str, ...] = ()
