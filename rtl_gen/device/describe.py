"""A description of a device, in figures and in words."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pulsetrain.spec import Config, Device
from pulsetrain.spec.automatic import grows
from pulsetrain.spec.device import STATES
from pulsetrain.spec.presets import presets
from pulsetrain.spec.units import conductance

from . import curves
from .fit import Fit, fit_curve
from .scale import g_max_of
from .smoothing import smoothing
from .tables import nominal, nominal_tables

_BACK = 1 / 4
"""A curve that goes back by more than this share of its range at one pulse gets a warning."""

_SHARED = 1 / 2
"""LTP and LTD get a warning if their ranges overlap by less than this share of the larger one."""


@dataclass(frozen=True, kw_only=True)
class Bend:
    """One bend in its three measures; `pulses` A is None if the curve is straight."""

    u: float
    pulses: float | None
    nl: float


@dataclass(frozen=True, kw_only=True)
class Description:
    """A device without its variation.

    `bends` and `fits` map "potentiation" and "depression" to their curve: `bends` if the curve was
    given, `fits` if points were measured. `g_min` and `g_max` are in siemens, None if unknown;
    `on_off_ratio` is None if Gmin is 0. `read_min`, `read_max`: the readings of the lowest and the
    highest state. `noise_steps` is the standard deviation of a pulse in steps. `mismatch`: how far
    LTD begins above LTP's end, and ends above LTP's beginning, as shares of LTP's range. `warnings`
    are sentences.
    """

    bends: dict[str, Bend]
    fits: dict[str, Fit]
    g_min: float | None
    g_max: float | None
    on_off_ratio: float | None
    read_min: int
    read_max: int
    noise_steps: float
    mismatch: tuple[float, float] | None
    warnings: tuple[str, ...]


def describe(config: Config) -> Description:
    """The description of `config.device`."""
    device = config.device
    g_max, ratio = g_max_of(device), device.on_off_ratio
    fits: dict[str, Fit] = {}
    mismatch = None
    if device.ltp and g_max:
        lowest = min(smoothing(device).ltp)
        ratio = g_max / lowest if lowest else None
        fits["potentiation"] = fit_curve(device.ltp, depression=False)
        if device.ltd:
            fits["depression"] = fit_curve(device.ltd, depression=True)
            span = g_max - lowest
            mismatch = ((device.ltd[0] - device.ltp[-1]) / span,
                        (device.ltd[-1] - device.ltp[0]) / span)
    g_min = None if g_max is None else g_max / ratio if ratio else 0.0

    def amount(g: float) -> str:
        share = f"{_percent(g)} of the range"
        if g_max is None or g_min is None:
            return share
        return f"{conductance(g_min + (g_max - g_min) * g)} ({share})"

    read = nominal_tables(config).read[0]
    return Description(
        bends=_bends(config), fits=fits, g_max=g_max, g_min=g_min, on_off_ratio=ratio,
        read_min=int(read.min()), read_max=int(read.max()),
        noise_steps=_noise_steps(config), mismatch=mismatch,
        warnings=(*_warnings(config, amount), *_growing(config)))


def _bends(config: Config) -> dict[str, Bend]:
    device = config.device
    if device.kind == "measured":
        return {}
    up, down = curves.bends(device)
    return {name: Bend(u=u, pulses=(device.levels - 1) / u if u else None,
                       nl=sign * curves.nl_of(u) if u else 0.0)
            for name, u, sign in (("potentiation", up, 1), ("depression", down, -1))}


def _growing(config: Config) -> list[str]:
    """A note if the update method follows from steps that grow, or does not suit them."""
    if not grows(config.device):
        return []
    found = "The potentiating steps grow from pulse to pulse, so a difference of two devices grows "
    if config.design.method == "unidirectional":
        return [found + "by itself: bidirectional updates learn more with such a device."]
    if config.update.method_is_automatic:
        return [found + "by itself in unidirectional updates: the automatic update method is "
                "bidirectional here."]
    return []


def _noise_steps(config: Config) -> float:
    """With `cycle_noise` q, a pulse moves by 0 or 2 steps with probability q / 256 each, otherwise
    by 1; with `cycle_sigma` it is displaced by states."""
    if scale := config.design.cycle_scale:
        return scale.deviation / config.design.substates
    return float(np.sqrt(2 * config.device.cycle_noise / 256))


def _warnings(config: Config, amount: Callable[[float], str]) -> list[str]:
    """What the tables lose; `amount` formats a conductance 0..1."""
    device = config.device
    tables = nominal_tables(config)
    read = tables.read[0]
    preset = presets().get(device.preset or "")
    found = []
    if preset and not preset.verified:
        found.append("This device is unverified: its values are a guess.")
    if device.kind == "measured":
        found += _points_warnings(device)
    found += _held(config, amount)
    reached = _reached(tables.potentiate[0])
    if reached < device.levels:
        found.append(f"Potentiating pulses reach {reached} of {device.levels} levels: from there "
                     "on their steps are too small to count.")
    distinct = len(np.unique(read[::config.design.substates]))
    if distinct < device.levels:
        found.append(
            f"{device.levels} levels read as {distinct} different conductances in "
            f"{config.design.conductance_bits} bits"
            + ("; more device.conductance_bits (up to 12) distinguish more."
               if config.design.conductance_bits < 12 else "."))
    return found


def _points_warnings(device: Device) -> list[str]:
    """Warnings about the measured points themselves."""
    smooth = smoothing(device)
    found = [smooth.reason] if smooth.reason else []
    for name, points, up in (("LTP", device.ltp, 1), ("LTD", device.ltd, -1)):
        if points and (spread := np.ptp(points)):
            back = -up * np.diff(points) / spread
            if back.max() > _BACK:
                found.append(
                    f"{name} goes back by {_percent(back.max())} of its range at pulse "
                    f"{back.argmax() + 1}. If its pulse number keeps counting over several cycles, "
                    "add a column cycle that says which rows belong together.")
    if device.ltp and device.ltd and device.ltd_range == "scale":
        found.append(f"LTD is scaled: its ends, {conductance(device.ltd[0])} and "
                     f"{conductance(device.ltd[-1])}, count as those of LTP, "
                     f"{conductance(device.ltp[-1])} and {conductance(device.ltp[0])}.")
    elif device.ltd and device.shared_range < _SHARED:
        found.append(
            f"LTP and LTD have {_percent(device.shared_range)} of the larger range in common. "
            "Above LTD's range the device falls by LTD's first step, below it not at all; "
            'device.ltd_range = "scale" maps the ends of LTD onto those of LTP.')
    return found


def _held(config: Config, amount: Callable[[float], str]) -> list[str]:
    """Warnings about states that no depressing pulse moves; unidirectional updates have no such
    pulses."""
    if config.design.method == "unidirectional":
        return []
    depress, shape = nominal_tables(config).depress[0], nominal(config)
    g, states = shape.rise(1.0), np.arange(config.design.states)
    above = g > g.min()
    held = above & (g[depress] >= g)
    step = -shape.fall(g)
    if not held.any():
        return []
    if (held == above).all():
        return ["No depressing pulse moves the device at all."]
    found = []
    top = lowest = int(g.argmax())
    while not held[lowest] and depress[lowest] != lowest:
        lowest = int(depress[lowest])
    if lowest == top:
        found.append(f"A device that reaches Gmax, {amount(1.0)}, never comes back: no depressing "
                     "pulse moves it from there.")
    elif g[lowest] > g[0]:
        found.append("Depressing pulses bring a device that has reached Gmax back to "
                     f"{amount(float(g[lowest]))}, and no further.")
    ended = held & (step <= 0)
    if ended.any():
        found.append(f"The measured depression ends above {np.count_nonzero(ended)} of "
                     f"{config.design.states} states; no depressing pulse moves the device from "
                     f"there, {_between(g[ended], amount)}.")
    small = held & ~ended
    if small.any():
        most = min(64, (STATES - 1) // (config.device.levels - 1))
        remedy = f" More device.substates (up to {most}) make states finer."
        found.append(
            f"No depressing pulse moves the device from {np.count_nonzero(small)} of "
            f"{config.design.states} states, the highest of them {states[small][-1]}: "
            f"{_between(g[small], amount)}, the step is less than half of that to the next state."
            + remedy * (config.design.substates < most and config.device.kind != "linear"))
    return found


def _between(g: np.ndarray, amount: Callable[[float], str]) -> str:
    """The range of the conductances `g`, in words."""
    low, high = amount(float(g.min())), amount(float(g.max()))
    return f"at {low}" if low == high else f"from {low} to {high}"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _reached(potentiate: np.ndarray) -> int:
    """Levels that pulses from state 0 reach, including the lowest."""
    state = count = 0
    while potentiate[state] != state:
        state = potentiate[state]
        count += 1
    return count + 1
