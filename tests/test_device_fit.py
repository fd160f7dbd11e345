"""Fits of the exponential curve: they find known curves, and what is reported about a device."""

import re

import numpy as np
import pytest
from small import small_config

from pulsetrain.device import curves
from pulsetrain.device.describe import describe
from pulsetrain.device.fit import fit_curve
from pulsetrain.spec.units import conductance

PULSES = 40


def points(u, *, start=1e-6, end=1e-5, pulses=PULSES):
    """A curve of bend `u`, in siemens."""
    return start + (end - start) * curves.rise(u, np.linspace(0, 1, pulses + 1), pulses, 1.0)


@pytest.mark.parametrize("u", [-6.0, -0.5, 0.3, 1.0, 3.0, 12.0])
@pytest.mark.parametrize("depression", [False, True])
def test_a_fit_finds_the_curve(u, depression):
    ends = {"start": 1e-5, "end": 1e-6} if depression else {}
    fit = fit_curve(points(u, **ends), depression=depression)
    assert fit.u == pytest.approx(u, abs=1e-4)
    assert fit.pulses == pytest.approx(PULSES / u, rel=1e-3)
    assert fit.nl == pytest.approx(curves.nl_of(u) * (-1 if depression else 1), abs=1e-4)
    assert sorted((fit.start, fit.end)) == pytest.approx([1e-6, 1e-5], rel=1e-5)
    assert (fit.start > fit.end) == depression
    assert fit.residual < 1e-11
    assert fit.wrong_way == 0


@pytest.mark.parametrize("pulses", [1, 2, 30])
def test_a_straight_line_has_no_bend(pulses):
    fit = fit_curve(np.linspace(2e-6, 8e-6, pulses + 1), depression=False)
    assert (fit.u, fit.pulses, fit.nl) == (0, None, 0)
    assert fit.residual_share == pytest.approx(0, abs=1e-12)


def test_the_residual_is_the_noise():
    noise = np.random.default_rng(2).normal(0, 1e-7, PULSES + 1)
    fit = fit_curve(points(2.0) + noise, depression=False)
    assert fit.u == pytest.approx(2.0, abs=0.2)
    assert fit.residual == pytest.approx(noise.std(), rel=0.2)
    assert fit.residual_share == pytest.approx(fit.residual / (fit.end - fit.start))


def test_no_neighbouring_bend_fits_better():
    noisy = points(2.0) + np.random.default_rng(3).normal(0, 3e-7, PULSES + 1)
    fit = fit_curve(noisy, depression=False)

    def residual(u):
        """With the best start and end for the bend u, by the normal equations."""
        rise = points(u, start=0, end=1)
        terms = np.stack([np.ones_like(rise), rise], axis=1)
        ends = np.linalg.solve(terms.T @ terms, terms.T @ noisy)
        return np.sqrt(np.mean((terms @ ends - noisy) ** 2))

    assert fit.residual == pytest.approx(residual(fit.u), rel=1e-6)
    assert all(residual(u) >= fit.residual for u in np.linspace(-20, 20, 400) if abs(u) > 1e-3)


def test_steps_the_wrong_way_are_counted():
    assert fit_curve([1, 2, 1.5, 3, 2.9, 4], depression=False).wrong_way == 2
    assert fit_curve([4, 3, 3.5, 3.5, 1], depression=True).wrong_way == 1


def test_a_curve_that_never_moves():
    fit = fit_curve([2e-6, 2e-6, 2e-6], depression=True)
    assert (fit.u, fit.residual_share, fit.wrong_way) == (0, None, 0)
    assert fit.start == pytest.approx(2e-6)
    assert fit_curve([0, 0], depression=True).end == 0


@pytest.mark.parametrize(("siemens", "text"), [
    (38.462e-9, "38.5 nS"), (1e-6, "1 µS"), (0.0123, "12.3 mS"), (5, "5 S"), (0, "0 S"),
    (4200, "4.2e+03 S"), (-1.06e-7, "-106 nS"), (-38.462e-9, "-38.5 nS"), (2e-16, "2e-16 S"),
    (2.69e-21, "2.69e-21 S"), (-3e-18, "-3e-18 S"), (999.9e-9, "1 µS"), (-0.9999, "-1 S"),
    (999.4e-12, "999 pS"), (1e-15, "1 fS"), (5e-324, "4.94e-324 S")])
def test_conductances_as_people_read_them(siemens, text):
    assert conductance(siemens) == text


# Descriptions ------------------------------------------------------------------------------------


def described(**device):
    keys = {"update": {"method": device.pop("method", "bidirectional")}}
    return describe(small_config(**keys, device={"levels": None, **device}))


def test_description_of_an_exponential_device():
    found = described(kind="exponential", levels=31, potentiation={"pulses": 10.0},
                      depression={"nl": 1.46}, on_off_ratio=5.0, g_max_siemens=2e-6,
                      cycle_noise=32)
    assert found.bends["potentiation"].u == pytest.approx(3)
    assert found.bends["depression"].nl == pytest.approx(1.46)
    assert found.bends["depression"].pulses == pytest.approx(-30 / 1.1783, rel=1e-4)
    assert (found.g_min, found.g_max) == pytest.approx((4e-7, 2e-6))
    assert (found.read_min, found.read_max, found.on_off_ratio) == (51, 255, 5)
    assert found.noise_steps == 0.5
    assert (found.fits, found.mismatch) == ({}, None)


def test_description_of_a_measured_device():
    found = described(kind="measured", ltp=[1e-6, 2e-6, 4e-6, 5e-6], ltd=[4.6e-6, 3e-6, 1.2e-6])
    assert found.mismatch == pytest.approx((-0.1, 0.05))
    assert (found.g_min, found.g_max, found.on_off_ratio) == pytest.approx((1e-6, 5e-6, 5))
    assert found.fits.keys() == {"potentiation", "depression"}
    assert described(kind="measured", ltp=[0, 1e-6]).on_off_ratio is None


@pytest.mark.parametrize(("device", "warning"), [
    ({"preset": "gsd", "levels": 64}, r"unverified: its values are a guess"),
    ({"kind": "exponential", "levels": 64, "potentiation": {"u": 5.0}},
     r"from \d+ of 253 states, the highest of them \d+: .*substates \(up to 64\)"),
    ({"kind": "measured", "ltp": [0, 1e-6, 2e-6], "ltd": [2e-6, 2e-6]},
     r"^No depressing pulse moves the device at all\.$"),
    ({"kind": "measured", "ltp": [0, 1e-6, 2e-6], "ltd": [2e-6, 1e-6]},
     r"^The measured depression ends above 4 of 9 states;"),
    ({"kind": "exponential", "levels": 256, "potentiation": {"u": 3.0}},
     r"^256 levels read as 170 different conductances in 8 bits; more device\.conductance_bits"),
    ({"kind": "exponential", "levels": 4096, "potentiation": {"u": 50.0}, "substates": 1},
     r"^Potentiating pulses reach \d+ of 4096 levels"),
])
def test_losses_are_reported(device, warning):
    found = described(**device).warnings
    assert any(re.search(warning, line) for line in found), found


STUCK = {"kind": "measured", "ltp": [0.001, 0.002, 0.01, 0.1, 1]}
"""A device whose last pulse does almost all, so that the first depressing one does nothing."""

HALF = {"kind": "measured", "ltp": [0, 1e-6, 2e-6], "ltd": [2e-6, 1e-6]}
"""A device that was not depressed to its lowest conductance."""


@pytest.mark.parametrize(("device", "warning"), [
    (STUCK, r"^A device that reaches Gmax, 1 S \(100 % of the range\), never comes back: "),
    (STUCK, r"the highest of them 16: at 1 S \(100 % of the range\), the step is less than half"),
    ({"kind": "exponential", "levels": 16, "potentiation": {"u": -20.0}},
     r"^A device that reaches Gmax, 100 % of the range, never comes back: "),
    ({"kind": "exponential", "levels": 64, "potentiation": {"u": 5.0}, "on_off_ratio": 10.0,
      "g_max_siemens": 1e-7}, r": from [\d.]+ nS \([\d.]+ % of the range\) to [\d.]+ nS \("),
    (HALF, r"that has reached Gmax back to 1 µS \(50 % of the range\), and no further\.$"),
    (HALF, r"moves the device from there, from 250 nS \(12\.5 % of the range\) to 1 µS \(50 % of"),
])
def test_where_a_device_is_held_is_reported_as_a_conductance(device, warning):
    found = described(**device).warnings
    assert any(re.search(warning, line) for line in found), found


@pytest.mark.parametrize(("device", "warning"), [
    ({"ltp": [1e-6, 2e-6, 3e-6, 2e-6, 3e-6, 4e-6]},
     r"^LTP goes back by 33\.3 % of its range at pulse 3\..* a column cycle that says which"),
    ({"ltp": [0, 4e-6], "ltd": [3e-6, 0, 1e-6]},
     r"^LTD goes back by 33\.3 % of its range at pulse 2\."),
    ({"ltp": [0, 1e-5], "ltd": [4e-6, 0]},
     r"^LTP and LTD have 40 % of the larger range in common\."),
    ({"ltp": [1e-5, 1.4e-5], "ltd": [5e-6, 2e-6], "ltd_range": "scale"},
     r"^LTD is scaled: its ends, 5 µS and 2 µS, count as those of LTP, 14 µS and 10 µS\.$"),
])
def test_doubtful_points_are_reported(device, warning):
    found = described(kind="measured", **device).warnings
    assert any(re.search(warning, line) for line in found), found


def test_a_device_without_losses_has_no_warnings():
    assert described(kind="linear", levels=16).warnings == ()
    assert described(preset="hzo-fefet", levels=32).warnings == ()
    assert described(preset="exponential", levels=16, method="unidirectional").warnings == ()
