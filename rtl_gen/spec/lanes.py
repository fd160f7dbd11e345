"""Lanes: which numbers of lanes are worth having, and `auto`, which chooses one of them."""

from typing import TYPE_CHECKING

from .network import Network
from .parts import MOST_LANES

if TYPE_CHECKING:
    from .config import Config

AUTO = "auto"
"""The value of `engine.lanes` that stands for the number that takes the fewest cycles."""

USUAL_MOST = 64
"""Most lanes that `auto` chooses if the FPGA is not known."""


def choices(network: Network) -> list[int]:
    """The numbers of lanes that are worth having, the most first.

    Cycles depend on the groups of each layer, and hardly on anything else that lanes change. More
    lanes never make more groups; a number that makes as many as one lane less is left out: it takes
    more hardware for nearly the same cycles (docs/engine.md).
    """
    return [lanes for lanes in range(MOST_LANES, 0, -1)
            if lanes == 1 or _groups(network, lanes) != _groups(network, lanes - 1)]


def usual_lanes(config: "Config") -> int:
    """The lanes that `auto` chooses if the FPGA is not known: the best of at most `USUAL_MOST`."""
    return next(lanes for lanes in choices(config.network) if lanes <= USUAL_MOST)


def _groups(network: Network, lanes: int) -> list[int]:
    return [-(-outputs // lanes) for _, outputs in network.shapes]
