"""Build: from a configuration to a board's bitstream."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pulsetrain import emit
from pulsetrain.files import write_atomically
from pulsetrain.fpga.build import Build
from pulsetrain.fpga.families import FAMILIES
from pulsetrain.fpga.fit import advice
from pulsetrain.fpga.flow import Flow, files_of_flow
from pulsetrain.fpga.place import DoesNotFitError, Placement
from pulsetrain.fpga.tools import Tool
from pulsetrain.spec import Config

from .board import Board
from .top import CORE, TOP, clock_below, make_top, pll_settings


@dataclass(frozen=True, kw_only=True)
class BoardBuild(Build):
    """A finished build for `board`; the file `bitstream` is made from its fastest placement."""

    COUNTED: ClassVar[str] = "best"

    board: Board
    bitstream: Path

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
                "bitstream": self.bitstream.name}


def build_board(config: Config, board: Board, *, clock: float, seeds: int, folder: Path,
                step: Callable[[str], Any] = lambda name: None) -> BoardBuild:
    """Make the bitstream of `board` with the engine of `config` at `clock` MHz or very near it.

    Seeds from 1 to `seeds` are tried until one meets the clock; the fastest placement's bitstream
    is kept. `folder` then holds the files of `fpga.build.build`, but the board's top and
    constraints instead of the harness, and the bitstream. Missing the clock raises no error here:
    see `fpga.build.check_timing`.

    Raises:
        ValueError: the board cannot have that clock.
        OSError: the folder cannot be written.
        fpga.tools.ToolMissingError: a program is not installed.
        fpga.place.DoesNotFitError: the board is too small.
        fpga.tools.ToolFailedError: a program ended with an error, or its log reports a conflict.
    """
    part, target = board.part, pll_settings(board, clock).megahertz
    flow = Flow(part=part, folder=folder, show=step)
    part.family.packer.tool.check()
    flow.begin()
    constraints = folder / f"{TOP}.{part.family.placer.constraints}"
    with flow.step("generate"):
        emit.generate(config, folder)
        top = make_top(config, board, clock)
        write_atomically(folder / f"{TOP}.v", top.verilog.encode())
        write_atomically(constraints, top.constraints.encode())
    placements: list[Placement] = []
    try:
        netlist = flow.synthesise(TOP, separate=f"{CORE}.engine")
        while len(placements) < seeds and not any(
                placed.slowest >= target for placed in placements):
            placements.append(flow.place(netlist, target, len(placements) + 1, constraints))
    except DoesNotFitError as error:
        raise DoesNotFitError(f"{error}: {advice(config, part)}", error.log) from error
    bitstream = flow.pack(fastest(placements).seed)
    built = BoardBuild(config=config, part=part, target=target, placements=tuple(placements),
                       seconds=flow.seconds, board=board, bitstream=bitstream)
    built.write_report(folder)
    return built


def fastest(placements: list[Placement] | tuple[Placement, ...]) -> Placement:
    """The placement whose slowest clock is the fastest."""
    return max(placements, key=lambda placed: placed.slowest)


def built_files(folder: Path) -> list[Path]:
    """What `build_board` writes to `folder`, including the folders of its steps."""
    suffixes = ["v", *(family.placer.constraints for family in FAMILIES.values())]
    return [*files_of_flow(folder), *(folder / f"{TOP}.{suffix}" for suffix in suffixes)]
