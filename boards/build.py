"""Build: a configuration to a placed engine or a board's bitstream, and a report."""

import json
import math
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pulsetrain import __version__, emit
from pulsetrain.device import engine_digest
from pulsetrain.files import write_atomically
from pulsetrain.fpga.harness import Harness
from pulsetrain.fpga.pack import COMMANDS, pack
from pulsetrain.fpga.parts import Part
from pulsetrain.fpga.place import DoesNotFit, Placement, check_fits, check_tools, place
from pulsetrain.fpga.report import REPORT
from pulsetrain.fpga.synthesis import synthesise
from pulsetrain.fpga.tools import NEXTPNR, PACKERS, YOSYS, ToolFailed
from pulsetrain.spec import Config

from .board import Board
from .fit import advice
from .top import CONSTRAINTS, CORE, TOP, clock_below, make_top, pll_settings

HARNESS = "harness"
BITSTREAM = "pulsetrain"
"""The bitstream's file, but for its kind."""


@dataclass(frozen=True, kw_only=True)
class Clock:
    """What one clock reached over all seeds, in MHz; `achieved` is what counts of it."""

    name: str
    target: float
    achieved: float
    by_seed: tuple[float, ...]

    @property
    def met(self) -> bool:
        return self.achieved >= self.target


@dataclass(frozen=True, kw_only=True)
class Build:
    """A finished build; `placements` has one placement a seed, `seconds` one entry a step.

    With a `board`, the file `bitstream` is made of its fastest placement.
    """

    config: Config
    part: Part
    target: float
    placements: tuple[Placement, ...]
    seconds: dict[str, float]
    board: Board | None = None
    bitstream: Path | None = None

    @property
    def clocks(self) -> tuple[Clock, ...]:
        found = []
        for name in self.placements[0].clocks:
            by_seed = tuple(placed.clocks[name] for placed in self.placements)
            achieved = (self.chosen.clocks[name] if self.board
                        else statistics.median(by_seed))
            found.append(Clock(name=name, target=self.target, achieved=achieved,
                               by_seed=by_seed))
        return tuple(found)

    @property
    def used(self) -> dict[str, int]:
        """The resources used, the harness among them; the first seed's."""
        return self.placements[0].used

    @property
    def chosen(self) -> Placement:
        """The fastest placement of a board's top; of a harness the one whose slowest clock is
        nearest to the median."""
        slowest = [placed.slowest for placed in self.placements]
        counts = max(slowest) if self.board else statistics.median_low(slowest)
        return self.placements[slowest.index(counts)]

    def report(self) -> dict[str, Any]:
        """The build for scripts: what `report.json` holds."""
        on_board = {"board": self.board.name, "baud": self.board.baud,
                    "bitstream": self.bitstream.name} if self.board else {}
        return {
            "config": self.config.name,
            "lanes": self.config.engine.lanes,
            "part": self.part.name,
            **on_board,
            "digest": engine_digest(self.config),
            "resources": {name: {"used": used, "total": self.part.totals[name]}
                          for name, used in self.used.items()},
            "clocks": {clock.name: {"target_mhz": clock.target, "achieved_mhz": clock.achieved,
                                    "achieved_mhz_by_seed": list(clock.by_seed)}
                       for clock in self.clocks},
            "timing_met": all(clock.met for clock in self.clocks),
            "seeds": [placed.seed for placed in self.placements],
            "critical_path": asdict(self.chosen.path),
            "seconds": self.seconds,
            "wall_seconds": round(sum(self.seconds.values()), 1),
            "tools": tools(self.part, on_board=self.board is not None),
        }


class TimingMissed(ToolFailed):
    """A clock does not reach its target; the message says by how much, and what to change."""


def build(config: Config, part: Part, *, clock: float, seeds: int, folder: Path,
          step: Callable[[str], Any] = lambda name: None) -> Build:
    """Generate, synthesise, place and route `config` for `part` with seeds 1 to `seeds`.

    `folder` afterwards holds the generated files, `report.json`, and a folder a step with its
    logs. A clock that misses `clock` MHz is no error here: see `check_timing`. `step` is called
    with the name of each step as it begins.

    Raises:
        OSError: the folder cannot be written.
        fpga.tools.ToolMissing: a tool is not installed.
        fpga.place.DoesNotFit: the part is too small.
        fpga.tools.ToolFailed: a tool ended with an error, or tells of a conflict.
    """
    check_tools(part)
    _make_folder(folder)
    timed = _Steps(show=step)
    with timed("generate"):
        emit.generate(config, folder)
        verilog = folder / f"{HARNESS}.v"
        write_atomically(verilog, emit.emit_verilog(Harness(config), HARNESS).encode())
    with timed("synthesise"):
        # As it is without a harness.
        netlist = synthesise(verilog, HARNESS, part.family, folder / "synthesis",
                             apart=f"{HARNESS}.engine")
        check_fits(netlist, part)
    placements = []
    for seed in range(1, seeds + 1):
        with timed(f"place and route, seed {seed}"):
            placements.append(place(netlist, part, clock, seed, folder / f"seed-{seed}"))
    built = Build(config=config, part=part, target=clock, placements=tuple(placements),
                  seconds=timed.seconds)
    _write_report(built, folder)
    return built


def build_board(config: Config, board: Board, *, clock: float, seeds: int, folder: Path,
                step: Callable[[str], Any] = lambda name: None) -> Build:
    """Make the bitstream of `board` with the engine of `config` at `clock` MHz or very near it.

    Seeds from 1 to `seeds` are tried until one meets the clock; the fastest placement's bitstream
    is kept. `folder` holds what `build` leaves there, the board's top and constraints, and the
    bitstream. A missed clock is no error here: see `check_timing`.

    Raises:
        ValueError: the board cannot have that clock.
        OSError: the folder cannot be written.
        fpga.tools.ToolMissing: a tool is not installed.
        fpga.place.DoesNotFit: the board is too small.
        fpga.tools.ToolFailed: a tool ended with an error, or tells of a conflict.
    """
    part, target = board.part, pll_settings(board, clock).megahertz
    check_tools(part)
    _ = PACKERS[part.family].folder
    _make_folder(folder)
    timed = _Steps(show=step)
    verilog = folder / f"{TOP}.v"
    constraints = folder / f"{TOP}.{CONSTRAINTS[part.family]}"
    with timed("generate"):
        emit.generate(config, folder)
        top = make_top(config, board, clock)
        write_atomically(verilog, top.verilog.encode())
        write_atomically(constraints, top.constraints.encode())
    placements: list[Placement] = []
    try:
        with timed("synthesise"):
            netlist = synthesise(verilog, TOP, part.family, folder / "synthesis",
                                 apart=f"{CORE}.engine")
            check_fits(netlist, part)
        while len(placements) < seeds and not any(
                placed.slowest >= target for placed in placements):
            seed = len(placements) + 1
            with timed(f"place and route, seed {seed}"):
                placements.append(place(netlist, part, target, seed, folder / f"seed-{seed}",
                                        constraints=constraints))
    except DoesNotFit as error:
        raise DoesNotFit(f"{error}: {advice(config, part)}", error.log) from error
    fastest = max(placements, key=lambda placed: placed.slowest)
    with timed("pack"):
        packed = pack(part, folder / f"seed-{fastest.seed}")
        bitstream = folder / f"{BITSTREAM}{packed.suffix}"
        write_atomically(bitstream, packed.read_bytes())
    built = Build(config=config, part=part, target=target, placements=tuple(placements),
                  seconds=timed.seconds, board=board, bitstream=bitstream)
    _write_report(built, folder)
    return built


def check_timing(built: Build) -> None:
    """Check that every clock reaches its target: of a harness with its median, of a board's top
    with its bitstream's.

    Raises:
        TimingMissed: one does not; the message names the clock that would be met.
    """
    missed = []
    for clock in built.clocks:
        if clock.met:
            continue
        if built.board:
            where, counts = built.board.name, "best"
            would_fit = clock_below(built.board, clock.achieved)
        else:
            where, counts, would_fit = built.part.name, "median", math.floor(clock.achieved)
        missed.append(
            f"the clock {clock.name} misses its target of {clock.target:g} MHz on {where}: "
            f"{clock.achieved:.1f} MHz reached ({counts} of {len(clock.by_seed)} seeds, "
            f"{min(clock.by_seed):.1f} to {max(clock.by_seed):.1f}); set --clock to "
            f"{would_fit:g} or less, or lower engine.lanes")
    if missed:
        raise TimingMissed("\n".join(missed))


def tools(part: Part, *, on_board: bool = False) -> dict[str, str]:
    """The programs that a build for `part` uses, and their versions; `on_board` the packer too."""
    used = [YOSYS, NEXTPNR[part.family], *([PACKERS[part.family]] if on_board else [])]
    return {"pulsetrain": __version__, "python": platform.python_version(),
            **{tool.wheel: tool.version for tool in used}}


@dataclass(frozen=True, kw_only=True)
class _Steps:
    """The steps of a build: `show` is called as each begins; `seconds` has those that ended."""

    show: Callable[[str], Any]
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        self.show(name)
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 1)


def built_files(folder: Path) -> list[Path]:
    """What a build leaves in `folder`, the folders of its steps included."""
    names = (*emit.FILES, REPORT, f"{HARNESS}.v", f"{TOP}.v",
             *(f"{TOP}.{kind}" for kind in CONSTRAINTS.values()),
             *(f"{BITSTREAM}.{kind}" for kind, _ in COMMANDS.values()), "synthesis")
    return [folder, *(folder / name for name in names)]


def _make_folder(folder: Path) -> None:
    """Make `folder`, without the report and bitstream of an earlier build: they must not outlive
    a failure."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (REPORT, *(f"{BITSTREAM}.{kind}" for kind, _ in COMMANDS.values())):
        (folder / name).unlink(missing_ok=True)


def _write_report(built: Build, folder: Path) -> None:
    write_atomically(folder / REPORT, (json.dumps(built.report(), indent=2) + "\n").encode())
