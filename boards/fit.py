"""Fit: whether a board has room for an engine, by the estimate for its part."""

from pulsetrain.fpga import fit
from pulsetrain.spec import Config

from .board import Board


def auto_lanes(config: Config, board: Board) -> int:
    """The most lanes of the engine of `config` that `board` has room for.

    Raises:
        fpga.fit.NoRoomError: there is not room for one.
    """
    lanes = fit.most_lanes(config, board.part)
    if lanes is None:
        check_estimate(fit.with_section(config, "engine", lanes=1), board)
    return lanes


def check_estimate(config: Config, board: Board) -> None:
    """Check that `board` has room for the engine of `config` by the estimate.

    Raises:
        fpga.fit.NoRoomError: it has not; the message says of what, and what to set.
    """
    fit.check_estimate(config, board.part, board.name)
