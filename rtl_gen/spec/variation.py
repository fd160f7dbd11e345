"""Variation from device to device, drawn from a seeded hash of each device's position."""

from typing import Annotated

from .fields import Part, Share, integer, power_of_two, real

STUCK_BITS = 16
"""Bits of the draw that decides whether a device is stuck."""


class Variation(Part):
    """Devices that differ: `classes` of tables, and some devices that never move.

    A class is one draw of `step`, `range`, `up_down` and `bend`; all classes are equally frequent.
    """

    classes: Annotated[int, power_of_two(2, 64)] = 16
    """Sets of tables by which devices differ."""
    step: Share = 0.0
    """Standard deviation of a pulse's step. Unit: share of the mean."""
    range: Share = 0.0
    """Standard deviation of Gmax - Gmin. Unit: share of the mean."""
    up_down: Share = 0.0
    """Standard deviation of the ratio of potentiating to depressing steps. Unit: share of the
    mean."""
    bend: Annotated[float, real(0.0, 9.0)] = 0.0
    """Standard deviation of each direction's bend. Unit: NeuroSim's label NL."""
    stuck_low: Share = 0.0
    """Share of devices that always stay in their lowest state, rounded to 1 / 65536. Unit: share of
    the devices."""
    stuck_high: Share = 0.0
    """Share of devices that always read as in their highest state, rounded to 1 / 65536. Unit:
    share of the devices."""
    seed: Annotated[int, integer(1, 0xFFFFFFFF)] | None = None
    """Chooses the classes and assigns devices to them; by default the configuration's."""

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
