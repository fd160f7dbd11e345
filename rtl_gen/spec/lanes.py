"""Lanes: which numbers of lanes are worth having, and what replaces "auto" in the section `engine`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .network import Network
from .parts import MOST_LANES

if TYPE_CHECKING:
    from .config import Config

AUTO = "auto"
"""The value of `engine.lanes` that stands for the number that takes the fewest cycles, and of
`engine.multipliers` that stands for as many as the FPGA has."""

USUAL_MOST = 64
"""Most lanes that `auto` chooses if the FPGA is not known."""


def choices(network: Network) -> list[int]:
    """The numbers of lanes that are worth having, the most first.

    Cycles depend on the groups of each layer, and hardly on anything else that lanes change. More
    lanes never make more groups; a number that makes as many as one lane less is left out: it takes
    more hardware for nearly the same cycles (docs/explanation/engine.md).
    """
    return [lanes for lanes in range(MOST_LANES, 0, -1)
            if lanes == 1 or _groups(network, lanes) != _groups(network, lanes - 1)]


def usual_lanes(config: "Config") -> int:
    """The lanes that `auto` chooses if the FPGA is not known: the best of at most `USUAL_MOST`."""
    return next(lanes for lanes in choices(config.network) if lanes <= USUAL_MOST)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What replaces "auto": `lanes` gives the number of lanes of a configuration, whose own do not
    count; `multipliers` are those of the FPGA, None if it is not known."""

    lanes: "Callable[[Config], int]" = usual_lanes
    multipliers: int | None = None

    @staticmethod
    def is_needed(engine: dict[str, Any]) -> bool:
        """Whether the section `engine` has a value that is "auto"."""
        return AUTO in (engine.get("lanes"), engine.get("multipliers"))

    def replaced(self, engine: dict[str, Any],
                 config: "Callable[[dict[str, Any]], Config]") -> dict[str, Any]:
        """The section `engine` without "auto"; `config` makes a configuration of a section."""
        most = MOST_LANES if self.multipliers is None else min(MOST_LANES, self.multipliers)
        if automatic := engine.get("multipliers") == AUTO:
            engine = {**engine, "multipliers": most or "lut"}
        if engine.get("lanes") == AUTO:
            engine = {**engine, "lanes": self.lanes(config({**engine, "lanes": 1}))}
        if automatic and config(engine).engine.lanes <= most:
            engine = {**engine, "multipliers": "dsp"}
        return engine


USUAL = Choice()
"""The choice for an FPGA that is not known."""


def _groups(network: Network, lanes: int) -> list[int]:
    return [-(-outputs // lanes) for _, outputs in network.shapes]
