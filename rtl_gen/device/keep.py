"""A device to keep: the saturating curves fitted to a measurement, as a section [device]."""

from dataclasses import dataclass
from math import log10

from pulsetrain.errors import PulsetrainError, printable
from pulsetrain.spec import Device
from pulsetrain.spec.device import BEND
from pulsetrain.spec.points import Points
from pulsetrain.spec.units import conductance

from .estimate import Noise, Spread, noise_of, spread_of
from .fit import Fit, fit_curve

_SIGNIFICANT = 1e-4
"""Noise and differences below this share are not written."""


class FitError(PulsetrainError, ValueError):
    """No device can be made of the fit; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A fitted device: its `fits` by curve, noise and differences (None if there is nothing to
    estimate them from), and `text`: the sections [device] and [variation] in TOML."""

    fits: dict[str, Fit]
    noise: Noise | None
    spread: Spread | None
    text: str


def keep(device: Device, points: Points) -> Kept:
    """The saturating curves nearest to the measured `device` that was read from `points`.

    Raises:
        FitError: the fit of potentiation does not rise.
    """
    fits = {"potentiation": fit_curve(device.points, depression=False)}
    if device.ltd:
        fits["depression"] = fit_curve(device.ltd, depression=True)
    up = fits["potentiation"]
    low, high = max(up.start, 0.0), up.end
    if not high > low:
        raise FitError(f"{points.source}: the saturating curve nearest to LTP must rise, not go "
                       f"from {conductance(up.start)} to {conductance(up.end)}; use the points as "
                       "they are, with device.file")
    noise, spread = noise_of(points), spread_of(points)
    values: dict[str, object] = {"kind": '"exponential"', "levels": device.levels}
    if low > 0 and high / low <= 1e9:
        values["on_off_ratio"] = _rounded(max(high / low, 1.01))
    values["g_max_siemens"] = _rounded(high)
    for key in ("substates", "conductance_bits"):
        if getattr(device, key) is not None:
            values[key] = getattr(device, key)
    if device.cycle_noise:
        values["cycle_noise"] = device.cycle_noise
    elif device.cycle_sigma or (noise and noise.cycles > 1 and noise.pulse > _SIGNIFICANT):
        values["cycle_sigma"] = _rounded(device.cycle_sigma or (noise.pulse if noise else 0.0))
    if device.ltd and abs(len(device.ltd) - device.levels) > 1:
        ratio = (device.levels - 1) / (len(device.ltd) - 1)
        slower = (f"# LTD took {len(device.ltd) - 1} pulses: its steps were {ratio:.3g} times "
                  "those of this device.")
    else:
        slower = ""
    lines = [f"# The saturating curve fitted to {printable(points.source)}.", *_comments(
        fits, noise, spread), *[slower] * bool(slower), "", "[device]", *_pairs(values)]
    for name, fit in fits.items():
        lines += ["", f"[device.{name}]", *_pairs({"u": round(max(-BEND, min(BEND, fit.u)), 4)})]
    if spread:
        differences = {key: _rounded(min(1.0, value)) for key, value in (
            ("range", spread.range), ("up_down", spread.up_down)) if value > _SIGNIFICANT}
        if spread.bend > _SIGNIFICANT:
            differences["bend"] = _rounded(min(9.0, spread.bend))
        if differences:
            lines += ["", "[variation]", *_pairs(dict(differences))]
    return Kept(fits=fits, noise=noise, spread=spread, text="\n".join(lines) + "\n")


def _comments(fits: dict[str, Fit], noise: Noise | None, spread: Spread | None) -> list[str]:
    lines = []
    for name, fit in fits.items():
        share = "" if fit.residual_share is None else f", residual {100 * fit.residual_share:.2g} %"
        lines.append(f"# {name}: NL {fit.nl:.2f} (ends free), {fit.nl_anchored:.2f} (between "
                     f"lowest and highest, as in NeuroSim){share}.")
    if noise:
        source = (f"up to {noise.cycles} cycles" if noise.cycles > 1 else
                  "one cycle about its fit; not used")
        lines.append(f"# Noise from {source}: {100 * noise.pulse:.2g} % of the range by a pulse, "
                     f"{100 * noise.read:.2g} % by a reading.")
    if spread:
        lines.append(f"# Differences of {spread.devices} devices; a larger step and a larger bend "
                     "are one and the same here: bend.")
    return lines


def _pairs(values: dict[str, object]) -> list[str]:
    return [f"{key} = {value}" for key, value in values.items()]


def _rounded(value: float) -> float:
    """`value` with four digits."""
    return round(value, 3 - int(log10(abs(value)) // 1)) if value else 0.0
