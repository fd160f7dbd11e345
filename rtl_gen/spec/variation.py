"""Variation from device to device, drawn from a seeded hash of each device's position."""

from typing import Annotated

from .fields import Part, Share, integer, power_of_two, real

STUCK_BITS = 16
"""Bits of the draw that decides whether a device is stuck."""


class Variation(Part):
    """Devices that differ: `classes` of tables, and some devices that never move.

    `step`, `range`, `up_down`: standard deviation, as a share of the mean, of a pulse's step, of
    Gmax - Gmin, and of the ratio between potentiating and depressing steps. `bend`: standard
    deviation of NeuroSim's label NL of each direction, in units of the label. A class is one draw
    of them all; all classes are equally frequent. `stuck_low`: share of devices that always stay
    in their lowest state; `stuck_high`: share that always read as in their highest state; both are
    rounded to 1 / 65536. `seed` chooses the classes and assigns devices to them; by default the
    configuration's.
    """

    classes: Annotated[int, power_of_two(2, 64)] = 16
    step: Share = 0.0
    range: Share = 0.0
    up_down: Share = 0.0
    bend: Annotated[float, real(0.0, 9.0)] = 0.0
    stuck_low: Share = 0.0
    stuck_high: Share = 0.0
    seed: Annotated[int, integer(1, 0xFFFFFFFF)] | None = None

    @property
    def spreads(self) -> bool:
        """Whether devices have different tables."""
        return bool(self.step or self.range or self.up_down or self.bend)

    @property
    def stuck_thresholds(self) -> tuple[int, int]:
        """Draws of `STUCK_BITS` bits below the first are stuck low, below the second stuck."""
        scale = 1 << STUCK_BITS
        low = int(scale * self.stuck_low + 0.5)
        return low, min(scale, low + int(scale * self.stuck_high + 0.5))

    @property
    def sticks(self) -> bool:
        """Whether any device may be stuck."""
        return self.stuck_thresholds[1] > 0
