"""The synapse device: the curve of its conductance, and the number of its states."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from .energy import Energy
from .fields import WORD, Deviation, Name, Part, integer, misfit, real, reals, refuse
from .measurement import Measurement
from .units import Siemens, conductance

STATES = 4096
"""Most states that a device can have."""

BEND = 50.0
"""Largest |u| of a curve; NeuroSim's last label, 9, is u = 43.8."""

LABEL = 9.0
"""Largest size of NeuroSim's label."""

LARGEST = 1e3
"""Largest conductance in siemens."""

SHARED = 0.2
"""The smallest allowed overlap of the ranges of LTP and LTD, as a share of the larger one."""


Points = Annotated[tuple[float, ...], reals(2, STATES)]
"""Conductances in siemens after 0, 1, 2, ... pulses."""


class Curve(Part):
    """The bend of a saturating curve, given by exactly one of three measures."""

    u: Annotated[float, real(-BEND, BEND)] | None = None
    """Pmax / A: 0 is linear; above 0 the first pulses move the conductance most."""
    pulses: Annotated[float, real(-1e6, 1e6)] | None = None
    """A: after so many pulses the step has fallen to 1/e. Unit: pulse."""
    nl: Annotated[float, real(-LABEL, LABEL)] | None = None
    """NeuroSim's label, with its signs: usual devices are positive in potentiation and negative in
    depression, because NeuroSim labels the curve over the position between Gmin and Gmax, and not
    over the pulses."""

    @model_validator(mode="after")
    def _one_name(self) -> "Curve":
        given = self.model_dump(exclude_none=True)
        if len(given) != 1:
            raise refuse("a curve with exactly one of u, pulses and nl", given)
        if self.pulses == 0:
            raise refuse("a curve with pulses other than 0", given)
        return self


def _not_given() -> Any:
    """Placeholder for levels that are not given; they may follow from the points."""
    return None


class Device(Part):
    """One synapse device.

    In a configuration that is written by hand, `file` can name a file of the points, and
    `preset` a published device; loading adds their values. Nothing learned depends on
    `g_max_siemens`, `energy` and `endurance`.
    """

    kind: Annotated[Literal["linear", "exponential", "measured"], WORD] = "linear"
    """"linear": every pulse is one step. "exponential": the saturating curves `potentiation` and
    `depression`. "measured": the points `ltp` and `ltd`."""
    levels: Annotated[int, integer(2, STATES)] = Field(
        default_factory=_not_given, validate_default=False)
    """Conductances on the way up: Pmax + 1, with Pmax pulses from Gmin to Gmax. Needed, except for
    measured points, whose number it is."""
    substates: Annotated[int, integer(1, 64)] | None = None
    """States from one level to the next, so that depressing pulses can end between levels. By
    default 4 if pulses depress devices whose curves differ up and down, otherwise 1."""
    conductance_bits: Annotated[int, integer(1, 12)] | None = None
    """Width of a read value; the largest is Gmax. By default as few as distinguish the levels, and
    at least 8 for curves. Unit: bit."""
    on_off_ratio: Annotated[float, real(1.01, 1e9)] | None = None
    """Gmax / Gmin; without it Gmin is 0."""
    potentiation: Curve | None = None
    """The curve of potentiating pulses, for the kind "exponential"."""
    depression: Curve | None = None
    """The curve of depressing pulses; by default it mirrors potentiation."""
    ltp: Points | None = None
    """Measured conductances after 0, 1, 2, ... potentiating pulses. Unit: siemens."""
    ltd: Points | None = None
    """Measured conductances after 0, 1, 2, ... depressing pulses; by default `ltp` backwards. Unit:
    siemens."""
    ltd_range: Annotated[Literal["scale"], WORD] | None = None
    """"scale": the ends of `ltd` are mapped onto those of `ltp`."""
    smooth: Annotated[Literal["auto", "none", "isotonic", "fit"], WORD] | None = None
    """How the noise of reading the points is kept out of the tables (docs/how-to/devices.md).
    "none" uses the points as they are, "isotonic" the nearest curves without a step the wrong way,
    "fit" the nearest saturating curves; "auto", the default, decides by the points."""
    measurement: Measurement | None = None
    """What loading adds for a `file`. Only the choice of `smooth` depends on it."""
    cycle_noise: Annotated[int, integer(0, 127)] = 0
    """q: a pulse moves the device by no step with probability q / 256, by two steps with the same
    probability, otherwise by one."""
    cycle_sigma: Deviation = 0.0
    """Instead of `cycle_noise`: standard deviation of a pulse. A random displacement of cycle_sigma
    * (states - 1) states is added to every pulse. Unit: share of Gmax - Gmin."""
    g_max_siemens: Annotated[float, real(1e-15, LARGEST)] | None = None
    """Gmax on the axes of drawings, and the scale of `energy`. Unit: siemens."""
    energy: Energy | None = None
    endurance: Annotated[float, real(1.0, 1e30)] | None = None
    """Pulses that a device survives, for `train --wear`. Unit: pulse."""
    preset: Name | None = None
    """The name of a published device (`pulsetrain devices`), whose values are used unless others
    are given."""

    @model_validator(mode="before")
    @classmethod
    def _levels_of_the_points(cls, given: object) -> object:
        if not isinstance(given, dict) or given.get("levels") is not None:
            return given
        given = {key: value for key, value in given.items() if key != "levels"}
        if given.get("kind") == "measured" and isinstance(given.get("ltp"), (list, tuple)):
            given["levels"] = len(given["ltp"])
        return given

    @model_validator(mode="after")
    def _kind_fits(self) -> "Device":
        needed = {"linear": (), "exponential": ("potentiation",), "measured": ("ltp",)}[self.kind]
        allowed = {"linear": (), "exponential": ("potentiation", "depression"),
                   "measured": ("ltp", "ltd", "ltd_range", "smooth", "measurement")}[self.kind]
        for key in needed:
            if getattr(self, key) is None:
                raise misfit(f"device.{key}", f'given for kind "{self.kind}"', None)
        for key in ("potentiation", "depression", "ltp", "ltd", "ltd_range", "smooth",
                    "measurement"):
            if key not in allowed and getattr(self, key) is not None:
                raise misfit(f"device.{key}", f'left out for kind "{self.kind}"', "a value")
        if self.levels is None:
            raise misfit("device.levels", f"an integer in 2..{STATES}", None)
        least = (self.levels - 1) / BEND
        for key in ("potentiation", "depression"):
            pulses = getattr(getattr(self, key), "pulses", None)
            if pulses is not None and abs(pulses) < least:
                raise misfit(f"device.{key}.pulses", f"{least:g} or more in size for {self.levels} "
                             "levels, otherwise the first pulse does it all", pulses)
        if self.cycle_noise and self.cycle_sigma:
            raise misfit("device.cycle_noise", "0 beside a device.cycle_sigma, because a pulse has "
                         f"one kind of noise (to use it, set device.cycle_sigma to 0, not "
                         f"{self.cycle_sigma:g})", self.cycle_noise)
        if self.kind == "measured":
            self._points_fit()
        elif self.energy and self.g_max_siemens is None:
            raise misfit("device.g_max_siemens", "given if there is a section [device.energy]: the "
                         "energy of a read or a pulse depends on the conductance in siemens", None)
        return self

    def _points_fit(self) -> None:
        ltp = self.points
        if self.levels != len(ltp):
            raise misfit("device.levels", f"left out or {len(ltp)}, the number of points in "
                         "device.ltp", self.levels)
        for key in ("on_off_ratio", "g_max_siemens"):
            if getattr(self, key) is not None:
                raise misfit(f"device.{key}", "left out: it follows from the measured points",
                             getattr(self, key))
        for key in ("ltp", "ltd"):
            for point in getattr(self, key) or ():
                if point < 0:
                    raise misfit(f"device.{key}", "conductances of 0 S or more", Siemens(point))
                if point > LARGEST:
                    raise misfit(f"device.{key}", f"conductances of at most {LARGEST:g} S",
                                 Siemens(point))
        if ltp[-1] <= ltp[0]:
            raise misfit("device.ltp", "higher at its last point than at its first",
                         [Siemens(ltp[0]), Siemens(ltp[-1])])
        if self.ltd and self.ltd[-1] > self.ltd[0]:
            raise misfit("device.ltd", "no higher at its last point than at its first, because "
                         "depression begins at the top",
                         [Siemens(self.ltd[0]), Siemens(self.ltd[-1])])
        self._ranges_meet()

    def _ranges_meet(self) -> None:
        if self.ltd_range:
            if self.ltd is None:
                raise misfit("device.ltd_range", "left out if device.ltd is not given",
                             self.ltd_range)
            if self.ltd[-1] == self.ltd[0]:
                raise misfit("device.ltd", 'lower at its last point than at its first for '
                             'device.ltd_range = "scale"', [Siemens(point) for point in
                                                            (self.ltd[0], self.ltd[-1])])
        elif self.ltd and self.shared_range < SHARED:
            low, high = (conductance(end(self.points)) for end in (min, max))
            raise misfit(
                "device.ltd", f"in a range that overlaps that of device.ltp, {low} to {high} (by "
                f"at least {100 * SHARED:g} % of the larger one; device.ltd_range = \"scale\" maps "
                "it onto that range and keeps its shape)",
                [Siemens(min(self.ltd)), Siemens(max(self.ltd))])

    @property
    def points(self) -> Points:
        """The points `ltp` of a measured device."""
        assert self.ltp is not None
        return self.ltp

    @property
    def shared_range(self) -> float:
        """The overlap of the measured ranges of LTP and LTD, as a share of the larger one; 1 if
        LTD is constant within the range of LTP."""
        assert self.ltd is not None
        curves = (self.points, self.ltd)
        low, high = max(map(min, curves)), min(map(max, curves))
        spans = [max(curve) - min(curve) for curve in curves]
        if spans[1] == 0:
            return float(low <= high)
        return max(0.0, (high - low) / max(spans))

    @property
    def level_bits(self) -> int:
        """Bits of a level 0..levels - 1."""
        return (self.levels - 1).bit_length()
