"""Generating and building hardware."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pulsetrain.boards.board import Board, board_for
from pulsetrain.boards.fit import auto_lanes
from pulsetrain.boards.processor import ProcessorBoard
from pulsetrain.boards.registry import BOARDS, PROCESSOR_BOARDS
from pulsetrain.errors import shown
from pulsetrain.fpga import fit
from pulsetrain.fpga.families import PARTS
from pulsetrain.fpga.family import Part
from pulsetrain.spec import Config
from pulsetrain.spec.lanes import USUAL, Choice

from .inputs import ArgumentError, ConfigSource, load_config, load_with

if TYPE_CHECKING:
    from pulsetrain.fpga.build import Build

PLACED = [name for name, part in PARTS.items()
          if part.family.placer and part.family.placer.free]
"""Parts for which an engine can be placed alone: its pins can be anywhere."""
DEFAULT_PART, DEFAULT_MHZ = "ecp5-85f", 50.0
"""The part and the clock of an engine that is placed alone."""
MOST_MHZ = 10_000.0
MINUTES = 60.0
"""How long each run of a tool may take; the largest engines that were placed took a third of it."""

Lanes = int | Literal["auto"] | None
"""Synapses processed per cycle; "auto": the fewest cycles that fit; None: the configuration's."""


def find_board(name: Board | str | None) -> Board | None:
    """The board `name`; None for None.

    Raises:
        ArgumentError: there is no such board, or it has a processor and no serial port.
    """
    if name is None or isinstance(name, Board):
        return name
    if name in PROCESSOR_BOARDS:
        raise ArgumentError(
            f"--board {name} is for `build` alone: a processor beside the FPGA trains the engine "
            "(docs/how-to/boards.md). What an engine takes there is said by `estimate --part "
            f"{PROCESSOR_BOARDS[name].part.name}`")
    if name not in BOARDS:
        raise ArgumentError(f"--board must be one of {', '.join(BOARDS)}, not {shown(name)}")
    return BOARDS[name]


def processor_target(board: Board | str | None, part: Part | str | None
                     ) -> tuple[ProcessorBoard | None, Board | str | None, Part | str | None]:
    """(the board with a processor that `board` names, or None; what then is board and part).

    Raises:
        ArgumentError: both a board with a processor and a part are given.
    """
    found = PROCESSOR_BOARDS.get(board) if isinstance(board, str) else None
    if found and part is not None:
        raise ArgumentError("give --board or --part, not both: a board has its own part")
    return (found, None, found.part) if found else (None, board, part)


def find_part(name: str, among: Collection[str] = PLACED) -> Part:
    """The part `name`, one `among` these: by default, those that an engine can be built for alone.

    Raises:
        ArgumentError: there is no such part.
    """
    if name not in among:
        raise ArgumentError(f"--part must be one of {', '.join(among)}, not {shown(name)}")
    return PARTS[name]


def check_clock(board: Board, megahertz: float) -> None:
    """Check that `board` can have a clock of `megahertz`.

    Raises:
        ArgumentError: its PLL, its UART or its memory does not allow it.
    """
    from pulsetrain.boards.top import pll_settings

    try:
        settings = pll_settings(board, megahertz)
        board.divisor(settings.megahertz)
    except ValueError as error:
        raise ArgumentError(f"--{error}") from error
    try:
        board.memory(settings.megahertz)
    except ValueError as error:
        raise ArgumentError(f"--{error}, or leave the memory out by --no-memory") from error


def build_target(board: Board | str | None, part: Part | str | None,
                 among: Collection[str] = PLACED) -> tuple[Board | None, Part]:
    """(board or None, its part, or the given or default part) of a build; for an estimate, the part
    is one `among` all.

    Raises:
        ArgumentError: both board and part are given, or one does not exist.
    """
    on_board = find_board(board)
    if on_board and part is not None:
        raise ArgumentError("give --board or --part, not both: a board has its own part")
    if on_board:
        return on_board, on_board.part
    return None, part if isinstance(part, Part) else find_part(part or DEFAULT_PART, among)


def board_memory(board: Board | None, memory: bool | None) -> Board | None:
    """`board`; if `memory` is False, with its memory left unused.

    Raises:
        ArgumentError: `memory` is True, but it has none.
    """
    if memory and not (board and board.chips):
        raise ArgumentError("--memory needs a board that has one, not "
                            f"{board.name if board else 'a part'}")
    return board.without_memory if board and memory is False else board


def usable_memory(board: Board | None, memory: bool | None, config: Config) -> Board | None:
    """`board`, without its memory if the engine of `config` cannot take samples from there.

    Raises:
        ArgumentError: `memory` is True, but it cannot.
    """
    found = board_for(config, board) if board else None
    if memory and found and not found.chips:
        raise ArgumentError(f'--memory needs engine.input = "events", not "{config.engine.input}"')
    return found


def check_megahertz(clock: float) -> None:
    """Check that `clock` can be a clock in MHz at all.

    Raises:
        ArgumentError: it cannot.
    """
    if not (isfinite(clock) and 0 < clock <= MOST_MHZ):
        raise ArgumentError(f"--clock must be above 0 MHz and at most {MOST_MHZ:g}, not {clock:g}")


def board_at_rate(board: Board | None, baud: int | None, config: Config) -> Board | None:
    """`board` with the rate `baud` of its UART, at which the engine of `config` can be built; None
    leaves the board's own.

    Raises:
        ArgumentError: there is no board; its bridge or its PLL cannot do that; or the clock that it
            needs is faster than the estimate expects.
    """
    if baud is None:
        return board
    if board is None:
        raise ArgumentError("--baud needs --board, and a board with a serial line")
    from pulsetrain.boards.top import slowest_clock

    try:
        found = board.at_rate(baud)
        slowest = slowest_clock(found)
    except ValueError as error:
        raise ArgumentError(f"--{error}") from error
    expected = fit.expected_mhz(config, board.part)
    if expected is not None and slowest > expected:
        raise ArgumentError(f"--baud {baud} needs a clock of at least {slowest:.1f} MHz, but the "
                            f"estimate expects {expected:.1f} MHz of {config.name} with lanes="
                            f"{config.engine.lanes} on {board.name}")
    return found


def build_clock(board: Board | None, clock: float | str | None) -> float | Literal["auto", "max"]:
    """The clock that a build is asked for; None stands for the default: "auto" for a board, 50 MHz
    for a part.

    Raises:
        ArgumentError: board or part cannot have it.
    """
    if board and board.part.family.vendor and clock == "max":
        raise ArgumentError(f"--clock must be auto or a number of MHz for {board.name}, whose "
                            "bitstream its vendor's tool builds, not max")
    if board and clock in (None, "auto", "max"):
        return "max" if clock == "max" else "auto"
    if clock is None:
        return DEFAULT_MHZ
    if isinstance(clock, str):
        raise ArgumentError(f"--clock must be a number of MHz{', auto or max' if board else ''}, "
                            f"not {shown(clock)}")
    check_megahertz(clock)
    if board:
        check_clock(board, clock)
    return clock


def choice_for(board: Board | None, part: Part | None) -> Choice:
    """What replaces "auto" in an engine on `board` or `part`; one or both can be None."""
    if board:
        return Choice(lanes=partial(auto_lanes, board=board),
                      multipliers=fit.available(board.part, "dsp"))
    if part:
        return Choice(lanes=partial(fit.auto_lanes, part=part, name=part.name),
                      multipliers=fit.available(part, "dsp"))
    return USUAL


def config_for(source: ConfigSource, lanes: Lanes, choice: Choice) -> Config:
    """The configuration `source` with `lanes`; `choice` replaces "auto".

    Raises:
        ConfigError: it cannot be used.
        NoRoomError: "auto", and not even one lane fits.
    """
    return load_with(source, [] if lanes is None else [("engine.lanes", lanes)], choice)


def generate(config: ConfigSource, folder: str | Path, name: str = "pulsetrain", *,
             initial_values: bool = True) -> dict[str, Any]:
    """Generate the engine: `NAME.v`, `NAME.vlt`, `manifest.json` and `config.json` in `folder`.

    The same configuration and version always give the same bytes, in any folder. Each file is
    written atomically.

    Args:
        config: the configuration, in any form that `load_config` takes.
        folder: where to write; created if it is missing.
        name: of the top module and its file; the names of all its modules begin with it, so that
            a design can hold engines of several names.
        initial_values: False for devices that cannot load any: then a reset is needed after
            power-up, and every row of synapses must be written.

    Returns:
        The manifest: ports, registers, memory map, cycle formula, digests.

    Raises:
        ConfigError: the configuration cannot be used.
        EngineNameError: `name` cannot be a module's name.
        OSError: the folder cannot be written.

    Examples:
        >>> import pulsetrain
        >>> manifest = pulsetrain.generate("digits", "engine")
        >>> manifest["top"], manifest["memory_map"]["lanes"]
        ('pulsetrain', 8)
    """
    from pulsetrain import emit

    return emit.generate(load_config(config), Path(folder), name,
                         initial_values=initial_values)


def build(config: ConfigSource, folder: str | Path, *, board: Board | str | None = None,
          part: Part | str | None = None,
          clock: float | Literal["auto", "max"] | None = None, lanes: Lanes = None,
          baud: int | None = None, memory: bool | None = None, seeds: int = 3,
          minutes: float = MINUTES, allow_timing_fail: bool = False,
          progress: Callable[[str, str], Any] = lambda step, activity: None) -> Build:
    """Build a board's bitstream, or place the engine alone on a part.

    Args:
        config: the configuration, in any form that `load_config` takes.
        folder: where to write; created if it is missing. It then holds the generated files,
            `report.json`, the logs of every step, and for a board the bitstream.
        board: a board, such as "icebreaker", or one with a processor, such as "pynq-z2".
        part: a part instead of a board; by default "ecp5-85f".
        clock: the engine's clock in MHz. On a board also "auto", the default: the one that the
            estimate expects, or a slower one if that is missed; and "max": several clocks are
            tried, and the fastest that is met is kept. On a part, by default 50.
        lanes: synapses processed per cycle, or "auto": the fewest cycles that fit on the board or
            the part, with as few lanes as give them; by default the configuration's.
        baud: the rate of the board's UART in bits per second; by default the board's.
        memory: connect the board's memory, so that data can lie on the board; None: if it has one
            and the engine can take samples from there.
        seeds: placements to make; for a board at most this many for each clock, until one meets it.
        minutes: how long each run of a tool may take.
        allow_timing_fail: return the build even if it misses its clock.
        progress: called with the name of each step as it begins, and about once a second; and with
            what its tool is doing, empty at the beginning.

    Returns:
        The build: `clocks`, `used` resources, `bitstream`, and `report()` for scripts.

    Raises:
        ConfigError: the configuration cannot be used.
        ArgumentError: there is no such board or part, or it cannot have that clock or memory.
        ToolMissingError: a tool is not installed; the message says what to install.
            BuiltElsewhereError: it is the vendor's; its project in `folder` is complete.
        DoesNotFitError: board or part is too small; for a board, the estimate tells most of this
            before any tool is started.
        TimeLimitError: a tool takes longer than `minutes`.
        ToolFailedError: a tool failed.
        TimingMissedError: the clock is missed; the message says which clock would be met.
        OSError: the folder cannot be written.
    """
    from pulsetrain.boards import build as boards
    from pulsetrain.boards import overlay
    from pulsetrain.fpga import build as parts

    processor, board, part = processor_target(board, part)
    on_board, on_part = build_target(board, part)
    on_board = board_memory(on_board, memory)
    if seeds < 1:
        raise ArgumentError(f"seeds must be at least 1, not {seeds}")
    if not minutes > 0:
        raise ArgumentError(f"minutes must be above 0, not {minutes:g}")
    loaded = config_for(config, lanes, choice_for(on_board, on_part))
    on_board = usable_memory(board_at_rate(on_board, baud, loaded), memory, loaded)
    asked = build_clock(on_board, clock)
    options: dict[str, Any] = {"clock": asked, "seeds": seeds, "folder": Path(folder),
                               "progress": progress, "limit": 60 * minutes}
    built: Build
    if processor:
        del options["seeds"]
        built = overlay.build_overlay(loaded, processor, **options)
    else:
        built = (boards.build_board(loaded, on_board, **options) if on_board
                 else parts.build(loaded, on_part, **options))
    if not allow_timing_fail:
        parts.check_timing(built)
    return built
