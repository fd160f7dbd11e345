"""Build: from a configuration to a board's bitstream."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from pulsetrain import emit
from pulsetrain.files import write_atomically
from pulsetrain.fpga.build import Build
from pulsetrain.fpga.family import Vendor
from pulsetrain.fpga.fit import advice, expected_mhz
from pulsetrain.fpga.flow import Flow, files_of_flow
from pulsetrain.fpga.pack import packer_of
from pulsetrain.fpga.place import DoesNotFitError, NotRoutedError, Placement
from pulsetrain.fpga.progress import Progress
from pulsetrain.fpga.tools import TimeLimitError
from pulsetrain.spec import Config

from .board import Board
from .clock import Try, Wish, auto_clock, best, next_clock
from .fit import check_estimate
from .project import LOG, Project
from .top import CORE, TOP, clock_below, make_top, pll_settings


@dataclass(frozen=True, kw_only=True)
class BoardBuild(Build):
    """A finished build for `board`; the file `bitstream` is made from its fastest placement.

    `wish` is the clock that was asked for, `expected` the MHz that the estimate expects, if any;
    `tried` has the clocks that were built for, in order. `version` is that of the vendor's tool,
    if one made it.
    """

    COUNTED: ClassVar[str] = "best"

    board: Board
    bitstream: Path
    wish: Wish
    expected: float | None
    tried: tuple[Try, ...]
    version: str | None = None

    @property
    def name(self) -> str:
        return self.board.name

    @property
    def chosen(self) -> Placement:
        """The fastest placement."""
        return fastest(self.placements)

    @property
    def tools(self) -> dict[str, str | None]:
        vendor = self.part.family.vendor
        if vendor:
            return {vendor.program.name: self.version}
        packer = packer_of(self.part).tool
        return {**super().tools, packer.name: packer.version}

    def achieved(self, clock: str) -> float:
        """MHz that the clock named `clock` reached in the bitstream."""
        return self.chosen.clocks[clock]

    def clock_below(self, megahertz: float) -> float:
        """The fastest clock up to `megahertz` that the board can have."""
        return clock_below(self.board, megahertz)

    def details(self) -> dict[str, Any]:
        memory = self.board.memory(self.target)
        expected = None if self.expected is None else round(self.expected, 1)
        return {"board": self.board.name, "baud": self.board.baud,
                "memory": memory.chip.name if memory else None,
                "bitstream": self.bitstream.name,
                "clock": {"asked": self.wish, "expected_mhz": expected,
                          "built_mhz": self.target,
                          "tried": [{"target_mhz": one.target, "reached_mhz": one.reached}
                                    for one in self.tried]}}


def build_board(config: Config, board: Board, *, clock: Wish = "auto", seeds: int, folder: Path,
                progress: Progress = lambda step, activity: None,
                limit: float | None = None) -> BoardBuild:
    """Make the bitstream of `board` with the engine of `config`.

    `clock` is in MHz, and a clock very near it is built; or "auto" or "max" (see `clock.Wish`),
    for which several clocks may be tried. For each clock, seeds from 1 to `seeds` are tried until
    one meets it. The bitstream is the fastest placement for the fastest clock that was met.
    `folder` then holds the generated files, the bitstream and `report.json`, and for each clock a
    folder with the board's top, its constraints, and the logs of each step. Missing the clock
    raises no error here: see `fpga.build.check_timing`. `progress` is told what is being done;
    each run of a program may take `limit` seconds.

    If the FPGA's vendor has a tool that builds its bitstreams, `folder` holds its project instead,
    for one clock, which is built if the tool is there; "max" is refused.

    Raises:
        ValueError: the board cannot have that clock.
        OSError: the folder cannot be written.
        fpga.fit.NoRoomError: the board is too small, by the estimate; nothing is written.
        fpga.tools.ToolMissingError: a program is not installed; `project.BuiltElsewhereError` if it
            is the vendor's, and what it needs is complete in `folder`.
        fpga.tools.TimeLimitError: a program takes longer than `limit` seconds.
        fpga.place.DoesNotFitError: the board is too small.
        fpga.place.NotRoutedError: no seed's placement for the first clock can be routed.
        fpga.tools.ToolFailedError: a program ended with an error, or its log reports a conflict.
    """
    part = board.part
    check_estimate(config, board)
    if part.family.vendor:
        return _build_project(config, board, part.family.vendor, clock, folder, progress, limit)
    target = next_clock(config, board, clock, [])
    packer_of(part).tool.check()
    flow = Flow(part=part, folder=folder, progress=progress, limit=limit)
    flow.begin()
    with flow.step("generate"):
        emit.generate(config, folder)
    tried: list[Try] = []
    made: list[tuple[Flow, list[Placement]]] = []
    while target is not None:
        progress(f"clock of {target:g} MHz", "")
        attempt = replace(flow, folder=folder / f"clock-{target:g}")
        try:
            placements = _place(attempt, config, board, target, seeds)
        except DoesNotFitError as error:
            raise DoesNotFitError(f"{error}: {advice(config, part)}", error.log) from error
        except NotRoutedError:
            if made:
                break
            raise
        except TimeLimitError as error:
            if made:
                break
            raise TimeLimitError(f"{error}: {advice(config, part)}, or raise --time-limit",
                                 error.log) from error
        tried.append(Try(target=target, reached=fastest(placements).slowest))
        made.append((attempt, placements))
        target = next_clock(config, board, clock, tried)
    index = best(tried)
    attempt, placements = made[index]
    built = BoardBuild(
        config=config, part=part, target=tried[index].target, placements=tuple(placements),
        seconds=flow.seconds, board=board, wish=clock, expected=expected_mhz(config, part),
        tried=tuple(tried), bitstream=attempt.pack(fastest(placements).seed, folder))
    built.write_report(folder)
    return built


def _build_project(config: Config, board: Board, vendor: Vendor, clock: Wish, folder: Path,
                   progress: Progress, limit: float | None) -> BoardBuild:
    """The build of `board` by the tool of its FPGA's vendor, in `folder`; see `build_board`.

    Raises:
        boards.project.BuiltElsewhereError: that is not on this machine.
    """
    if clock == "max":
        raise ValueError(f"clock of {board.name} must be auto or a number of MHz, not max")
    target = pll_settings(board, auto_clock(config, board) if clock == "auto" else clock).megahertz
    verilog, constraints = f"{TOP}.v", f"{TOP}.{vendor.constraints}"
    project = Project(config=config, board=board.name, clock=target, folder=folder, vendor=vendor,
                      design=TOP, sources=(verilog, constraints),
                      details={"part": board.part.name, "baud": board.baud})
    flow = Flow(part=board.part, folder=folder, progress=progress, limit=limit)
    with flow.step("generate"), project.writing():
        emit.generate(config, folder)
        top = make_top(config, board, target)
        for path, text in ((folder / verilog, top.verilog), (folder / constraints, top.constraints),
                           (project.script, top.script or "")):
            write_atomically(path, text.encode())
    if not project.is_built:
        with flow.step(vendor.program.name):
            project.run(limit)
    placed, version = project.placement()
    built = BoardBuild(
        config=config, part=board.part, target=target, placements=(placed,), seconds=flow.seconds,
        board=board, wish=clock, expected=None, tried=(Try(target=target, reached=placed.slowest),),
        bitstream=project.bitstream, version=version)
    built.write_report(folder)
    return built


def _place(flow: Flow, config: Config, board: Board, clock: float, seeds: int) -> list[Placement]:
    """The placements of a top for `clock` MHz, until one meets it; the programs' errors are raised
    if there is none."""
    flow.folder.mkdir(exist_ok=True)
    constraints = flow.folder / f"{TOP}.{board.part.family.constraints}"
    with flow.step("generate"):
        top = make_top(config, board, clock)
        write_atomically(flow.folder / f"{TOP}.v", top.verilog.encode())
        write_atomically(constraints, top.constraints.encode())
    netlist = flow.synthesise(TOP, separate=f"{CORE}.engine")
    placements: list[Placement] = []
    for seed in range(1, seeds + 1):
        try:
            placements.append(flow.place(netlist, clock, seed, constraints, board.sites))
        except TimeLimitError:
            if not placements:
                raise
            break
        except NotRoutedError:
            if seed == seeds and not placements:
                raise
            continue
        if placements[-1].slowest >= clock:
            break
    return placements


def fastest(placements: list[Placement] | tuple[Placement, ...]) -> Placement:
    """The placement whose slowest clock is the fastest."""
    return max(placements, key=lambda placed: placed.slowest)


def built_files(folder: Path) -> list[Path]:
    """What `build_board` writes to `folder`, except for the folders of the clocks it tries, and
    what a vendor's tool writes."""
    return [*files_of_flow(folder), folder / f"{TOP}.v", folder / LOG]
