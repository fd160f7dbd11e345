"""Fit: whether an engine fits on a board, by the estimate for its part."""

from pulsetrain.fpga import fit
from pulsetrain.spec import Config

from .board import Board


def auto_lanes(config: Config, board: Board) -> int:
    """The lanes of the engine of `config` that take the fewest cycles of those that fit on `board`.

    Raises:
        fpga.fit.NoRoomError: not even one lane fits.
    """
    return fit.auto_lanes(config, board.part, board.name)


def check_estimate(config: Config, board: Board) -> None:
    """Check that the engine of `config` fits on `board`, by the estimate.

    Raises:
        fpga.fit.NoRoomError: it does not; the message names the resources, and what to set.
    """
    fit.check_estimate(config, board.part, board.name)
