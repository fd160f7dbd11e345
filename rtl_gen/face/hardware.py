"""Generating and building hardware."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pulsetrain.boards.board import Board
from pulsetrain.boards.fit import auto_lanes
from pulsetrain.boards.registry import BOARDS
from pulsetrain.errors import shown
from pulsetrain.fpga import fit
from pulsetrain.fpga.families import PARTS
from pulsetrain.fpga.family import Part
from pulsetrain.spec import Config
from pulsetrain.spec.lanes import usual_lanes
from pulsetrain.spec.load import ChooseLanes

from .inputs import ArgumentError, ConfigSource, load_config, load_with

if TYPE_CHECKING:
    from pulsetrain.boards.build import Build

PLACED = [name for name, part in PARTS.items() if part.family.placer.free]
"""Parts for which an engine can be placed alone: its pins can be anywhere."""
DEFAULT_PART, DEFAULT_MHZ = "ecp5-85f", 50.0
"""The part and the clock of an engine that is placed alone."""
MOST_MHZ = 10_000.0

Lanes = int | Literal["auto"] | None
"""Synapses processed per cycle; "auto": the fewest cycles that fit; None: the configuration's."""


def find_board(name: Board | str | None) -> Board | None:
    """The board `name`; None for None.

    Raises:
        ArgumentError: there is no such board.
    """
    if name is None or isinstance(name, Board):
        return name
    if name not in BOARDS:
        raise ArgumentError(f"--board must be one of {', '.join(BOARDS)}, not {shown(name)}")
    return BOARDS[name]


def find_part(name: str) -> Part:
    """The part `name`, for which an engine can be built alone.

    Raises:
        ArgumentError: there is no such part.
    """
    if name not in PLACED:
        raise ArgumentError(f"--part must be one of {', '.join(PLACED)}, not {shown(name)}")
    return PARTS[name]


def check_clock(board: Board, megahertz: float) -> None:
    """Check that `board` can have a clock of `megahertz`.

    Raises:
        ArgumentError: its PLL or its UART does not allow it.
    """
    from pulsetrain.boards.top import pll_settings

    try:
        board.divisor(pll_settings(board, megahertz).megahertz)
    except ValueError as error:
        raise ArgumentError(f"--{error}") from error


def build_target(board: Board | str | None, part: Part | str | None,
                 clock: float | None) -> tuple[Board | None, Part, float]:
    """(board or None, part, clock in MHz) of a build; None stands for the default.

    Raises:
        ArgumentError: both board and part are given, one does not exist, or the clock is not
            possible.
    """
    on_board = find_board(board)
    if on_board and part is not None:
        raise ArgumentError("give --board or --part, not both: a board has its own part")
    if on_board:
        on_part = on_board.part
    else:
        on_part = part if isinstance(part, Part) else find_part(part or DEFAULT_PART)
    if clock is None:
        clock = on_board.clock_mhz if on_board else DEFAULT_MHZ
    if not (isfinite(clock) and 0 < clock <= MOST_MHZ):
        raise ArgumentError(f"--clock must be above 0 MHz and at most {MOST_MHZ:g}, not {clock:g}")
    return on_board, on_part, clock


def lanes_for(board: Board | None, part: Part | None) -> ChooseLanes:
    """What replaces the lanes "auto" of an engine on `board` or `part`; one or both can be None."""
    if board:
        return partial(auto_lanes, board=board)
    if part:
        return partial(fit.auto_lanes, part=part, name=part.name)
    return usual_lanes


def config_for(source: ConfigSource, lanes: Lanes, choose_lanes: ChooseLanes) -> Config:
    """The configuration `source` with `lanes`; `choose_lanes` replaces "auto".

    Raises:
        ConfigError: it cannot be used.
        NoRoomError: "auto", and not even one lane fits.
    """
    return load_with(source, [] if lanes is None else [("engine.lanes", lanes)], choose_lanes)


def generate(config: ConfigSource, folder: str | Path) -> dict[str, Any]:
    """Generate the engine: `pulsetrain.v`, `manifest.json` and `config.json` in `folder`.

    The same configuration and version always give the same bytes, in any folder. Each file is
    written atomically.

    Args:
        config: the configuration, in any form that `load_config` takes.
        folder: where to write; created if it is missing.

    Returns:
        The manifest: ports, registers, memory map, cycle formula, digests.

    Raises:
        ConfigError: the configuration cannot be used.
        OSError: the folder cannot be written.

    Example:
        >>> import pulsetrain
        >>> manifest = pulsetrain.generate("digits", "engine")
        >>> manifest["top"], manifest["memory_map"]["lanes"]
        ('pulsetrain', 8)
    """
    from pulsetrain import emit

    return emit.generate(load_config(config), Path(folder))


def build(config: ConfigSource, folder: str | Path, *, board: Board | str | None = None,
          part: Part | str | None = None, clock: float | None = None, lanes: Lanes = None,
          seeds: int = 3, allow_timing_fail: bool = False,
          step: Callable[[str], Any] = lambda name: None) -> Build:
    """Build a board's bitstream, or place the engine alone on a part.

    Args:
        config: the configuration, in any form that `load_config` takes.
        folder: where to write; created if it is missing. It then holds the generated files,
            `report.json`, the logs of every step, and for a board the bitstream.
        board: a board, such as "icebreaker".
        part: a part instead of a board; by default "ecp5-85f".
        clock: the engine's clock in MHz; by default the board's, or 50 on a part.
        lanes: synapses processed per cycle, or "auto": the fewest cycles that fit on the board or
            the part, with as few lanes as give them; by default the configuration's.
        seeds: placements to make; for a board at most this many, until one meets the clock.
        allow_timing_fail: return the build even if it misses its clock.
        step: called with the name of each step as it begins.

    Returns:
        The build: `clocks`, `used` resources, `bitstream`, and `report()` for scripts.

    Raises:
        ConfigError: the configuration cannot be used.
        ArgumentError: there is no such board or part, or it cannot have that clock.
        ToolMissingError: a tool is not installed; the message says what to install.
        DoesNotFitError: board or part is too small.
        ToolFailedError: a tool failed.
        TimingMissedError: the clock is missed; the message says which clock would be met.
        OSError: the folder cannot be written.
    """
    from pulsetrain.boards import build as boards
    from pulsetrain.fpga import build as parts

    on_board, on_part, clock = build_target(board, part, clock)
    if seeds < 1:
        raise ArgumentError(f"seeds must be at least 1, not {seeds}")
    loaded = config_for(config, lanes, lanes_for(on_board, on_part))
    if on_board:
        check_clock(on_board, clock)
        built: Build = boards.build_board(loaded, on_board, clock=clock, seeds=seeds,
                                          folder=Path(folder), step=step)
    else:
        built = parts.build(loaded, on_part, clock=clock, seeds=seeds, folder=Path(folder),
                            step=step)
    if not allow_timing_fail:
        parts.check_timing(built)
    return built
