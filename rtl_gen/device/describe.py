"""What a device is, in figures and in words."""

from dataclasses import dataclass

import numpy as np

from rtl_gen.spec import Config
from rtl_gen.spec.device import STATES
from rtl_gen.spec.presets import presets

from . import curves
from .fit import Fit, fit_curve
from .tables import nominal, nominal_tables


@dataclass(frozen=True, kw_only=True)
class Bend:
    """One bend by its three names; `pulses` A is None where the curve is straight."""

    u: float
    pulses: float | None
    nl: float


@dataclass(frozen=True, kw_only=True)
class Description:
    """A device without its variation.

    `bends` and `fits` go from "potentiation" and "depression" to their curve: `bends` where it
    was given, `fits` where points were measured. `g_min` and `g_max` are in siemens, None where
    unknown; `on_off_ratio` is None where Gmin is 0. `read_min`, `read_max`: what the lowest and
    the highest state read as. `cycle_sigma` is the standard deviation of a pulse in steps.
    `mismatch`: how far LTD begins above LTP's end, and ends above LTP's beginning, as shares of
    LTP's range. `warnings` are sentences.
    """

    bends: dict[str, Bend]
    fits: dict[str, Fit]
    g_min: float | None
    g_max: float | None
    on_off_ratio: float | None
    read_min: int
    read_max: int
    cycle_sigma: float
    mismatch: tuple[float, float] | None
    warnings: tuple[str, ...]


def describe(config: Config) -> Description:
    """The description of `config.device`."""
    device = config.device
    g_max, ratio = device.g_max_siemens, device.on_off_ratio
    fits: dict[str, Fit] = {}
    mismatch = None
    if device.kind == "measured":
        g_max, lowest = max(device.ltp), min(device.ltp)
        ratio = g_max / lowest if lowest else None
        fits["potentiation"] = fit_curve(device.ltp, depression=False)
        if device.ltd:
            fits["depression"] = fit_curve(device.ltd, depression=True)
            span = g_max - lowest
            mismatch = ((device.ltd[0] - device.ltp[-1]) / span,
                        (device.ltd[-1] - device.ltp[0]) / span)
    read = nominal_tables(config).read[0]
    return Description(
        bends=_bends(config), fits=fits, g_max=g_max,
        g_min=None if g_max is None else g_max / ratio if ratio else 0.0, on_off_ratio=ratio,
        read_min=int(read.min()), read_max=int(read.max()),
        cycle_sigma=_cycle_sigma(device.cycle_noise), mismatch=mismatch,
        warnings=tuple(_warnings(config)))


def _bends(config: Config) -> dict[str, Bend]:
    device = config.device
    if device.kind == "measured":
        return {}
    up, down = curves.bends(device)
    return {name: Bend(u=u, pulses=(device.levels - 1) / u if u else None,
                       nl=sign * curves.nl_of(u) if u else 0.0)
            for name, u, sign in (("potentiation", up, 1), ("depression", down, -1))}


def _cycle_sigma(noise: int) -> float:
    """A pulse moves by 0 or 2 steps with probability noise / 256 each, otherwise by 1."""
    return float(np.sqrt(2 * noise / 256))


def _warnings(config: Config) -> list[str]:
    device = config.device
    tables = nominal_tables(config)
    read = tables.read[0]
    preset = presets().get(device.preset or "")
    found = []
    if preset and not preset.verified:
        found.append("This device is unverified: its values are a guess.")
    found += _held(config)
    reached = _reached(tables.potentiate[0])
    if reached < device.levels:
        found.append(f"Potentiating pulses reach {reached} of {device.levels} levels: from there "
                     "on their steps are too small to count.")
    told_apart = len(np.unique(read[::config.substates]))
    if told_apart < device.levels:
        found.append(
            f"{device.levels} levels read as {told_apart} conductances in "
            f"{config.conductance_bits} bits"
            + ("; more device.conductance_bits (up to 12) tell more apart."
               if config.conductance_bits < 12 else "."))
    if preset and device.cycle_noise:
        published = preset.cycle_sigma * (device.levels - 1)
        emulated = _cycle_sigma(device.cycle_noise)
        if published > 1.05 * emulated:
            found.append(
                f"The published cycle-to-cycle deviation is {published:.2f} steps; a pulse of 0, "
                f"1 or 2 steps emulates {emulated:.2f}, and no more than "
                f"{_cycle_sigma(127):.2f}.")
    return found


def _held(config: Config) -> list[str]:
    """What is to be said of the states that a depressing pulse does not move; a unidirectional
    update has no such pulses."""
    if config.update.method == "unidirectional":
        return []
    tables, shape = nominal_tables(config), nominal(config)
    conductance, states = shape.rise(1.0), np.arange(config.states)
    above = conductance > conductance.min()
    held = above & (tables.depress[0] == states)
    ended = above & (shape.fall(conductance) >= 0)
    if not held.any():
        return []
    if (held == above).all():
        return ["No depressing pulse moves the device at all."]
    found = []
    if ended.any():
        found.append(f"The measured depression ends above {np.count_nonzero(ended)} of "
                     f"{config.states} states; no depressing pulse moves the device from there.")
    small = held & ~ended
    if small.any():
        most = min(64, (STATES - 1) // (config.device.levels - 1))
        remedy = f" More device.substates (up to {most}) make states finer."
        found.append(
            f"No depressing pulse moves the device from {np.count_nonzero(small)} of "
            f"{config.states} states, the highest of them {states[small][-1]}: the step there is "
            "less than half of that to the next state."
            + remedy * (config.substates < most and config.device.kind != "linear"))
    return found


def _reached(potentiate: np.ndarray) -> int:
    """Levels, the lowest included, that pulses from state 0 reach."""
    state = count = 0
    while potentiate[state] != state:
        state = potentiate[state]
        count += 1
    return count + 1
