"""Family: everything the tool flow must know about the FPGAs of one family, as data.

A family is one file in `families`, with its parts, and one entry in `families/__init__.py`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pulsetrain.protocol import LEAST_WINDOWS, Windows

from .memories import MemoryCells
from .path import CriticalPath
from .tools import Program, Tool

RESOURCES = ("lut4", "lut6", "ff", "block_ram", "dsp")
"""The resources that are counted: look-up tables (of four inputs, or in some families of six),
flip-flops, block RAMs, multipliers."""


@dataclass(frozen=True, kw_only=True)
class Synthesis:
    """How Yosys makes a netlist of the family's cells.

    `command` holds the lines of its script; ` -top NAME` is appended to the last one. `cells` says
    how many of each of `RESOURCES` one cell of each type takes. The names of all types of
    flip-flops begin with `flip_flop`. `multiplier` is for a family whose multipliers contain
    registers that Yosys does not use.
    """

    command: str
    cells: Mapping[str, Mapping[str, int]]
    flip_flop: str
    multiplier: "RegisteredMultiplier | None" = None

    @property
    def counted(self) -> tuple[str, ...]:
        """Those of `RESOURCES` that the family has."""
        taken = {"ff"}.union(*self.cells.values())
        return tuple(name for name in RESOURCES if name in taken)

    def resources(self, cells: Mapping[str, int]) -> dict[str, int]:
        """How much of each of `counted` a netlist takes; `cells` counts its cells by type."""
        used = dict.fromkeys(self.counted, 0)
        for cell, count in cells.items():
            if cell.startswith(self.flip_flop):
                used["ff"] += count
            for resource, each in self.cells.get(cell, {}).items():
                used[resource] += each * count
        return used


@dataclass(frozen=True, kw_only=True)
class RegisteredMultiplier:
    """A cell that multiplies two factors of at most `bits` bits, with registers for both and for
    the product.

    Its ports are single bits: those of a factor are `A0`, `A1` ... or `B0`, `B1` ..., and those of
    the product `P0`, `P1` ... The inputs `SIGNEDA` and `SIGNEDB` say whether the factors are
    signed. `clock` is the port of its clock, `parameters` and `inputs` are constant.
    """

    cell: str
    bits: int
    clock: str
    parameters: Mapping[str, str]
    inputs: Mapping[str, int]

    def module(self, name: str, weight: int, operand: int, product: int, *, signed: bool) -> str:
        """The Verilog of `hdl.library.multiplier.Multiplier` as module `name`, for factors and a
        product of so many bits; the operand is `signed` or not."""
        ports = [f".{self.clock}(clk)", ".SIGNEDA(1'b1)", f".SIGNEDB(1'b{int(signed)})"]
        ports += [f".{port}(1'b{value})" for port, value in self.inputs.items()]
        for letter, factor, width, extended in (("A", "weight", weight, True),
                                                ("B", "operand", operand, signed)):
            above = f"{factor}[{width - 1}]" if extended else "1'b0"
            ports += [f".{letter}{bit}({f'{factor}[{bit}]' if bit < width else above})"
                      for bit in range(self.bits)]
        ports += [f".P{bit}(result[{bit}])" for bit in range(product)]
        parameters = ", ".join(f'.{key}("{value}")' for key, value in self.parameters.items())
        return (f"module {name}(clk, rst, weight, operand, result);\n  input clk, rst;\n"
                f"  input [{weight - 1}:0] weight;\n  input [{operand - 1}:0] operand;\n"
                f"  output [{product - 1}:0] result;\n"
                f"  {self.cell} #({parameters}) dsp ({', '.join(ports)});\nendmodule")


@dataclass(frozen=True, kw_only=True)
class NetlistModels:
    """The simulation models of a netlist's cells: `library` are files of Yosys's library, below its
    folder `share`; `ours` are files of `sim/models` for the cells that the library leaves empty,
    and replace what is there. `defines` are the macros that are set for both."""

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
class Unpacker:
    """How what is loaded onto a part becomes Verilog again.

    `verilog` makes it of a design that was placed and packed in a folder: a module `board`, whose
    ports have the names of the design's. `reads` says in words what it reads. `synthesised` is
    added to the command of Yosys, and `placed` to the options of nextpnr. `beyond` are the
    resources that it does not reach. `windows` are the sizes of the link's buffers, by default the
    family's. `models` are those of the cells in its text, by default the family's.
    """

    verilog: Callable[["Part", Path], str]
    reads: str
    synthesised: str = ""
    placed: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    windows: Windows | None = None
    models: NetlistModels | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a vendor's reports say of a finished design: how much of each resource is `used`, the
    name of the `clock` with the least slack, the MHz it must have (`target`) and those `reached`,
    and the slowest path. `version` is that of the tool."""

    used: Mapping[str, int]
    clock: str
    target: float
    reached: float
    path: CriticalPath
    version: str


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """A vendor's tool that builds a project: Verilog, a script and a file of constraints.

    The script is called `NAME.SCRIPT`, and so on, NAME being the design's. `arguments` run it: "{}"
    is its file. `outcome` reads the reports that are then in the folder, of the files `reports`,
    each with "{}" for NAME.
    """

    program: Program
    arguments: tuple[str, ...]
    script: str
    constraints: str
    bitstream: str
    reports: tuple[str, ...]
    outcome: Callable[[Path, str], Outcome]


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
    are its ports. The output is fed back to the port `feedback`, unless that is None; or instead of
    it `feedback_output`, if there is one. If `takes_pin`, the cell contains the pin's buffer.
    `frequency` is the parameter that gives the MHz of the clock as text, and `period` the one that
    gives its nanoseconds, if there is one. `buffer` is the cell that puts the output on the clock
    network, from its port `I` to `O`; None if the tools add it.
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
    feedback_output: str | None = None
    takes_pin: bool = False
    frequency: str | None = None
    period: str | None = None
    buffer: str | None = None


@dataclass(frozen=True, kw_only=True)
class PinRegister:
    """The flip-flop in the cell of a pin: its delays do not depend on placement.

    `clock`, `data` and `output` are ports of its `cell`, whose `attributes` and `parameters` are
    constant. Further parameters: one that takes its value at the falling edge has those of
    `falling`, any other one those of `rising`; its first value, after configuration, is that of
    `initial`, by value.
    """

    cell: str
    clock: str
    data: str
    output: str
    attributes: Mapping[str, int]
    parameters: Mapping[str, str]
    rising: Mapping[str, str]
    falling: Mapping[str, str]
    initial: tuple[Mapping[str, str], Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class PinClock:
    """The register for both edges in the cell of a pin, with which a clock is put out.

    Its `output` is the input `high` while its `clock` is high, and `low` while it is low. Further
    `inputs` are constant.
    """

    cell: str
    clock: str
    high: str
    low: str
    output: str
    inputs: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class FitLine:
    """Coefficients of the linear estimate of what a linked engine takes, fitted to builds.

    Look-up tables: `base`; for each lane `lane`, `weight_bit` for each bit of a weight, and `hash`
    for each hash circuit; `bank` for each bit that is selected between banks of synapse memory.
    Flip-flops: `base_ff`, `lane_ff` for each lane, and `bank_ff` for each bit between banks; all
    are 0 if a look-up table and its flip-flop are one cell. `store` and `store_ff`: what a store of
    samples takes, with its commands of the link.
    Clock: the slowest path takes `path` ns, and `wire` ns times the square root of the thousands of
    look-up tables: the longest wires are as long as the design is wide. Both are 0 if no clock has
    been measured; then none is expected. `store_path`: the ns that it takes longer with a store.
    """

    base: int
    lane: int
    weight_bit: int
    bank: float
    hash: int
    path: float = 0
    wire: float = 0
    store_path: float = 0
    base_ff: int = 0
    lane_ff: int = 0
    bank_ff: int = 0
    store: int = 0
    store_ff: int = 0


@dataclass(frozen=True, kw_only=True)
class Family:
    """The FPGAs of one family.

    Its designs are placed by `placer` and made a bitstream by `packer`, or both by the tool
    `vendor`, which synthesises them too; what does not apply is None. `models` is None if netlists
    of the family cannot be simulated, and `unpacker` if its bitstreams cannot. `windows` are the
    sizes of the link's buffers on a part that has room for them. `pin_register` and `pin_clock` are
    for boards with a memory.
    """

    name: str
    synthesis: Synthesis
    pll: Pll
    memories: MemoryCells
    line: FitLine
    placer: Placer | None = None
    packer: Packer | None = None
    vendor: Vendor | None = None
    windows: Windows = LEAST_WINDOWS
    models: NetlistModels | None = None
    unpacker: Unpacker | None = None
    pin_register: PinRegister | None = None
    pin_clock: PinClock | None = None

    @property
    def constraints(self) -> str:
        """The suffix of a file that assigns pins."""
        if self.vendor:
            return self.vendor.constraints
        return self.placer.constraints if self.placer else ""

    @property
    def luts(self) -> str:
        """The name of its look-up tables among `RESOURCES`."""
        return self.synthesis.counted[0]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One FPGA of a `family`.

    `place` holds the arguments that tell nextpnr the die, package and speed grade, `pack` those
    that tell the packer the die. `totals` says how much the part has of each resource that the
    family counts, and of single-port RAMs (`spram`) if it has any. `speed` is how much faster it
    is than the family's slowest speed grade. `store`: its designs also hold a store of samples;
    for estimates.
    """

    name: str
    family: Family
    totals: Mapping[str, int]
    place: tuple[str, ...] = ()
    pack: tuple[str, ...] = ()
    speed: float = 1.0
    store: bool = False
