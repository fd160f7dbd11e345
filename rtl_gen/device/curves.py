"""Curves: the change of conductance by one pulse, in units where Gmin is 0 and Gmax is 1.

The saturating curve has many names (docs/how-to/devices.md); here its bend is u = Pmax / A. With
a = 1 - e^(-1/A) and B = 1 / (1 - e^(-u)), a pulse moves a conductance g by

    potentiating: a (B - g)        depressing: -a (g - 1 + B)

In the limit u = 0 this is 1 / Pmax up and down.
"""

from collections.abc import Callable

import numpy as np

from pulsetrain.spec.bends import bend, bend_of, bends, nl_of

__all__ = ["Step", "bend", "bend_of", "bends", "depression_step", "nl_of", "potentiation_step",
           "rise"]

Step = Callable[[np.ndarray], np.ndarray]
"""Maps conductances (0..1) to the change of each by one pulse."""

_LINEAR = 1e-6
"""Below this |u| the curve is treated as linear."""


def potentiation_step(u: float, pulses: float) -> Step:
    """One potentiating pulse of a device with bend `u` that needs `pulses` from Gmin to Gmax."""
    if abs(u) < _LINEAR:
        return lambda g: np.full_like(g, 1 / pulses)
    share, scale = -np.expm1(-u / pulses), 1 / -np.expm1(-u)
    return lambda g: share * (scale - g)


def depression_step(u: float, pulses: float) -> Step:
    """One depressing pulse of a device with bend `u` that needs `pulses` from Gmax to Gmin."""
    mirrored = potentiation_step(u, pulses)
    return lambda g: -mirrored(1 - g)


def rise(u: float, shares: np.ndarray, pulses: float, factor: float) -> np.ndarray:
    """The conductance after each share (0..1) in `shares` of the pulses from Gmin to Gmax, if each
    pulse moves the device by `factor` times the nominal step; it may end above Gmax."""
    if abs(u) < _LINEAR:
        return factor * np.asarray(shares, np.float64)
    kept = max(1 + factor * np.expm1(-u / pulses), 1e-9)  # share of the way to B left by one pulse
    return (1 - kept ** (shares * pulses)) / -np.expm1(-u)
