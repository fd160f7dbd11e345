"""Build: from a configuration to a board's bitstream."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from pulsetrain import emit
from pulsetrain.files import write_atomically
from pulsetrain.fpga.build import Build
from pulsetrain.fpga.fit import advice, expected_mhz
from pulsetrain.fpga.flow import Flow, files_of_flow
from pulsetrain.fpga.place import DoesNotFitError, Placement
from pulsetrain.fpga.progress import Progress
from pulsetrain.fpga.tools import TimeLimitError, Tool
from pulsetrain.spec import Config

from .board import Board
from .clock import Try, Wish, best, next_clock
from .fit import check_estimate
from .top import CORE, TOP, clock_below, make_top


@dataclass(frozen=True, kw_only=True)
class BoardBuild(Build):
    """A finished build for `board`; the file `bitstream` is made from its fastest placement.

    `wish` is the clock that was asked for, `expected` the MHz that the estimate expects; `tried`
    has the clocks that were built for, in order.
    """

    COUNTED: ClassVar[str] = "best"

    board: Board
    bitstream: Path
    wish: Wish
    expected: float
    tried: tuple[Try, ...]

    @property
    def name(self) -> str:
        return self.board.name

    @property
    def chosen(self) -> Placement:
        """The fastest placement."""
        return fastest(self.placements)

    @property
    def tools(self) -> tuple[Tool, ...]:
        return *super().tools, self.part.family.packer.tool

    def achieved(self, clock: str) -> float:
        """MHz that the clock named `clock` reached in the bitstream."""
        return self.chosen.clocks[clock]

    def clock_below(self, megahertz: float) -> float:
        """The fastest clock up to `megahertz` that the board can have."""
        return clock_below(self.board, megahertz)

    def details(self) -> dict[str, Any]:
        return {"board": self.board.name, "baud": self.board.baud,
                "bitstream": self.bitstream.name,
                "clock": {"asked": self.wish, "expected_mhz": round(self.expected, 1),
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

    Raises:
        ValueError: the board cannot have that clock.
        OSError: the folder cannot be written.
        fpga.fit.NoRoomError: the board is too small, by the estimate; nothing is written.
        fpga.tools.ToolMissingError: a program is not installed.
        fpga.tools.TimeLimitError: a program takes longer than `limit` seconds.
        fpga.place.DoesNotFitError: the board is too small.
        fpga.tools.ToolFailedError: a program ended with an error, or its log reports a conflict.
    """
    part = board.part
    check_estimate(config, board)
    target = next_clock(config, board, clock, [])
    part.family.packer.tool.check()
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


def _place(flow: Flow, config: Config, board: Board, clock: float, seeds: int) -> list[Placement]:
    """The placements of a top for `clock` MHz, until one meets it; the programs' errors are raised
    if there is none."""
    flow.folder.mkdir(exist_ok=True)
    constraints = flow.folder / f"{TOP}.{board.part.family.placer.constraints}"
    with flow.step("generate"):
        top = make_top(config, board, clock)
        write_atomically(flow.folder / f"{TOP}.v", top.verilog.encode())
        write_atomically(constraints, top.constraints.encode())
    netlist = flow.synthesise(TOP, separate=f"{CORE}.engine")
    placements: list[Placement] = []
    while len(placements) < seeds and not any(placed.slowest >= clock for placed in placements):
        try:
            placements.append(flow.place(netlist, clock, len(placements) + 1, constraints))
        except TimeLimitError:
            if not placements:
                raise
            break
    return placements


def fastest(placements: list[Placement] | tuple[Placement, ...]) -> Placement:
    """The placement whose slowest clock is the fastest."""
    return max(placements, key=lambda placed: placed.slowest)


def built_files(folder: Path) -> list[Path]:
    """What `build_board` writes to `folder`, except for the folders of the clocks it tries."""
    return files_of_flow(folder)
