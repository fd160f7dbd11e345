"""Clock: which clock a board's engine is built for, and which is tried next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pulsetrain.fpga.fit import expected_mhz
from pulsetrain.spec import Config

from .board import Board
from .top import clock_below, pll_settings

Wish = float | Literal["auto", "max"]
"""What a user asks for: MHz; "auto", the clock that the estimate expects, or a slower one if that
is missed; or "max", the fastest that is met."""

SAFE = 0.9
"""The share of the expected clock that is tried first."""

UNMEASURED = 50.0
"""MHz that "auto" asks for, or the fastest clock below, if the estimate expects none."""

STEP = 0.03
"""Clocks that are tried differ by at least this share."""

MOST_TRIES = 6
"""Most clocks that one build tries."""


@dataclass(frozen=True, kw_only=True)
class Try:
    """A clock that was tried, and the one that the fastest placement reached, in MHz."""

    target: float
    reached: float

    @property
    def met(self) -> bool:
        return self.reached >= self.target


def auto_clock(config: Config, board: Board) -> float:
    """The clock in MHz that the engine of `config` should meet on `board`, by the estimate; one
    that its PLL makes, and with which its UART has its rate."""
    expected = expected_mhz(config, board.part)
    return clock_below(board, SAFE * expected if expected else UNMEASURED)


def next_clock(config: Config, board: Board, wish: Wish, tried: Sequence[Try]) -> float | None:
    """The clock to build for next, after those in `tried`; None if there is nothing to gain.

    Raises:
        ValueError: the board cannot have the clock that is asked for.
    """
    if not isinstance(wish, str):
        return None if tried else pll_settings(board, wish).megahertz
    if not tried:
        return auto_clock(config, board)
    met = [one for one in tried if one.met]
    if len(tried) == MOST_TRIES or (met and (wish == "auto" or len(met) < len(tried))):
        return None
    last = tried[-1]
    if met:
        clock = clock_below(board, max(last.reached, (1 + STEP) * last.target))
        return clock if clock > last.target else None
    clock = clock_below(board, min(last.reached, (1 - STEP) * last.target))
    return clock if clock < last.target else None


def best(tried: Sequence[Try]) -> int:
    """The index of the fastest clock in `tried` that was met; if none was, of the one that came
    nearest to it."""
    return max(range(len(tried)), key=lambda index: (
        tried[index].met, tried[index].target if tried[index].met
        else tried[index].reached / tried[index].target))
