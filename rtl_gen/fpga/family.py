"""Family: everything the tool flow must know about the FPGAs of one family, as data.

A family is one file in `families`, with its parts, and one entry in `families/__init__.py`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .memories import MemoryCells
from .path import CriticalPath
from .tools import Program, Tool

RESOURCES = ("lut4", "ff", "block_ram", "dsp")
"""The resources that are counted: look-up tables of four inputs, flip-flops, block RAMs,
multipliers."""


@dataclass(frozen=True, kw_only=True)
class Synthesis:
    """How Yosys makes a netlist of the family's cells.

    `command` holds the lines of its script; ` -top NAME` is appended to the last one. `cells` says
    how many of each of `RESOURCES` one cell of each type takes. The names of all types of
    flip-flops begin with `flip_flop`.
    """

    command: str
    cells: Mapping[str, Mapping[str, int]]
    flip_flop: str

    def resources(self, cells: Mapping[str, int]) -> dict[str, int]:
        """How much of each of `RESOURCES` a netlist takes; `cells` counts its cells by type."""
        used = dict.fromkeys(RESOURCES, 0)
        for cell, count in cells.items():
            if cell.startswith(self.flip_flop):
                used["ff"] += count
            for resource, each in self.cells.get(cell, {}).items():
                used[resource] += each * count
        return used


@dataclass(frozen=True, kw_only=True)
class NetlistModels:
    """The simulation models of a netlist's cells: `library` are files of Yosys's library, `ours`
    files of `sim/models` for the cells that the library leaves empty. `defines` are the macros
    that are set for both."""

    library: tuple[str, ...]
    ours: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Timing:
    """A program that computes the delays of a placed design more accurately than nextpnr.

    `critical_path` runs it on the design in a folder and returns the slowest path.
    """

    program: Program
    critical_path: Callable[[Path], CriticalPath]


@dataclass(frozen=True, kw_only=True)
class Placer:
    """How nextpnr places and routes a netlist.

    `options` include the name of the placed design's file. `constraints` is the suffix of a file
    that assigns pins, `constrained` the options that name it: "{}" is the file. `free` holds the
    options for a design whose pins may be anywhere; None if nextpnr cannot place such a design.
    `cells` maps the types of cells in nextpnr's report to resources. `made_names` matches what
    Yosys and nextpnr append to a signal's name to name a cell that they made from it. `timing` is
    None if nextpnr's own delays are used. `router` is nextpnr's name of a router that may rip up
    late nets for ever; None for the default. With it, nextpnr places in one run and routes in
    another, which can be repeated.
    """

    tool: Tool
    options: tuple[str, ...]
    constraints: str
    constrained: tuple[str, ...]
    free: tuple[str, ...] | None
    cells: Mapping[str, str]
    made_names: str
    timing: Timing | None = None
    router: str | None = None


@dataclass(frozen=True, kw_only=True)
class Packer:
    """The tool that makes a bitstream, the file `design.SUFFIX`, from a placed design."""

    tool: Tool
    arguments: tuple[str, ...]
    suffix: str


@dataclass(frozen=True, kw_only=True)
class PllSettings:
    """The MHz that a PLL makes, and the parameters of its cell for this."""

    megahertz: float
    parameters: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Pll:
    """A family's PLL.

    `settings` yields all possible settings for an input clock in MHz. Parameters that are in
    `widths` are vectors with that number of bits. `parameters` and `attributes` of its `cell` are
    constant, and so are the `inputs`, each an integer and its width. `clock`, `output` and `lock`
    are its ports. The output is fed back to the port `feedback`, unless that is None. If
    `takes_pin`, the cell contains the pin's buffer. `frequency` is the parameter that gives the
    MHz of the clock as text, if there is one.
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
    """Coefficients of the linear estimate of what a linked engine takes, fitted to builds.

    Look-up tables: `base`; for each lane `lane`, `weight_bit` for each bit of a weight, and `hash`
    for each hash circuit; `bank` for each bit that is selected between banks of synapse memory.
    Flip-flops: `base_ff`, `lane_ff` for each lane, and `bank_ff` for each bit between banks; all
    are 0 if a look-up table and its flip-flop are one cell.
    Clock: the slowest path takes `path` ns, and `wire` ns times the square root of the thousands of
    look-up tables: the longest wires are as long as the design is wide.
    """

    base: int
    lane: int
    weight_bit: int
    bank: float
    hash: int
    path: float
    wire: float
    base_ff: int = 0
    lane_ff: int = 0
    bank_ff: int = 0


@dataclass(frozen=True, kw_only=True)
class Family:
    """The FPGAs of one family. `name` is also Yosys's name for it.

    `models` is None if netlists of the family cannot be simulated.
    """

    name: str
    synthesis: Synthesis
    placer: Placer
    packer: Packer
    pll: Pll
    memories: MemoryCells
    line: FitLine
    models: NetlistModels | None = None


@dataclass(frozen=True, kw_only=True)
class Part:
    """One FPGA of a `family`.

    `place` holds the arguments that tell nextpnr the die, package and speed grade, `pack` those
    that tell the packer the die. `totals` says how much the part has of each of `RESOURCES`, and
    of single-port RAMs (`spram`) if it has any. `speed` is how much faster it is than the family's
    slowest speed grade.
    """

    name: str
    family: Family
    place: tuple[str, ...]
    totals: Mapping[str, int]
    pack: tuple[str, ...] = ()
    speed: float = 1.0
