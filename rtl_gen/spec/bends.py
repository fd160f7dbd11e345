"""The bend u of a saturating curve, from any of its three measures."""

import numpy as np

from .device import LABEL, Curve, Device

_DECIMALS = 9
"""Of a bend that was found from a label."""


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
    beyond `LABEL` counts as that.

    It is rounded to `_DECIMALS`: the last bits of logarithms differ between processors, and all
    that follows from a bend, such as a digest, must not."""
    label = min(max(label, -LABEL), LABEL)
    if abs(label) < nl_of(1e-3):
        return label * 8 * 0.07 * np.sqrt(2)
    from scipy.optimize import brentq  # SciPy takes half a second to import

    size = brentq(lambda u: nl_of(u) - abs(label), 1e-4, 1e3, xtol=1e-12)
    return float(np.copysign(round(size, _DECIMALS), label))


def bends(device: Device) -> tuple[float, float]:
    """The bends u of potentiation and depression of a device that was not measured."""
    if device.potentiation is None:
        return 0.0, 0.0
    up = bend(device.potentiation, device.levels, depression=False)
    if device.depression is None:
        return up, up
    return up, bend(device.depression, device.levels, depression=True)
