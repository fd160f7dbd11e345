"""Curves: the change of conductance by one pulse, in units where Gmin is 0 and Gmax is 1.

The saturating curve has many names (docs/devices.md); here its bend is u = Pmax / A. With
a = 1 - e^(-1/A) and B = 1 / (1 - e^(-u)), a pulse moves a conductance g by

    potentiating: a (B - g)        depressing: -a (g - 1 + B)

In the limit u = 0 this is 1 / Pmax up and down.
"""

from collections.abc import Callable

import numpy as np

from pulsetrain.spec import Curve, Device
from pulsetrain.spec.device import LABEL

Step = Callable[[np.ndarray], np.ndarray]
"""Maps conductances (0..1) to the change of each by one pulse."""

_LINEAR = 1e-6
"""Below this |u| the curve is treated as linear."""


def nl_of(u: float) -> float:
    """NeuroSim's nonlinearity label of the bend `u`, with the sign of `u`.

    NL = [1/(1 - e^-u) - 1/u - ln(u/(1 - e^-u))/u] / (0.07 sqrt 2). This closed form follows from
    the definition in the MLP-NeuroSim manual, and differs from its table by at most 2.2e-5.
    """
    size = abs(u)
    if size < 1e-3:
        return float(np.copysign(size / 8 / (0.07 * np.sqrt(2)), u)) if u else 0.0
    share = 1 / -np.expm1(-size)
    label = (share - 1 / size - np.log(size * share) / size) / (0.07 * np.sqrt(2))
    return float(np.copysign(label, u))


def bend(curve: Curve, levels: int, *, depression: bool) -> float:
    """The bend u of `curve` on a device of `levels` levels; above 0 the first pulses move most.

    In NeuroSim, the label of such a depressing curve is negative: it describes conductance over
    the position between Gmin and Gmax, where a depressing pulse goes one step back. So a positive
    label means the same curve in both directions, and curves with equal labels coincide.
    """
    if curve.u is not None:
        return curve.u
    if curve.pulses is not None:
        return (levels - 1) / curve.pulses
    assert curve.nl is not None  # a curve has exactly one of the three
    return bend_of(-curve.nl if depression else curve.nl)


def bend_of(label: float) -> float:
    """The bend u of NeuroSim's `label`, with the label's sign; the inverse of `nl_of`. A label
    beyond `LABEL` counts as that."""
    label = min(max(label, -LABEL), LABEL)
    if abs(label) < nl_of(1e-3):
        return label * 8 * 0.07 * np.sqrt(2)
    from scipy.optimize import brentq  # SciPy takes half a second to import

    size = brentq(lambda u: nl_of(u) - abs(label), 1e-4, 1e3, xtol=1e-12)
    return float(np.copysign(size, label))


def bends(device: Device) -> tuple[float, float]:
    """The bends u of potentiation and depression of a device that was not measured."""
    if device.potentiation is None:
        return 0.0, 0.0
    up = bend(device.potentiation, device.levels, depression=False)
    if device.depression is None:
        return up, up
    return up, bend(device.depression, device.levels, depression=True)


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
