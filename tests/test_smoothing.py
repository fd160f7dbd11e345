"""Smoothing: what keeps the noise of reading out of the tables, and what auto decides."""

import numpy as np
import pytest
from small import small_config

from pulsetrain.device import device_tables
from pulsetrain.device.smoothing import isotonic, smoothing
from pulsetrain.spec import ConfigError, load_config

PULSES = 60


def points(u, noise, seed=1, count=PULSES):
    """(LTP, LTD) in siemens of a device of bend `u`, read with `noise` as a share of the range."""
    random = np.random.default_rng(seed)
    rise = (1 - np.exp(-u * np.arange(count + 1) / count)) / (1 - np.exp(-u))
    return tuple(1e-6 * (1 + 9 * (curve + noise * random.standard_normal(count + 1)))
                 for curve in (rise, 1 - rise))


def config(ltp, ltd=None, **keys):
    return small_config(update={"method": "bidirectional"}, device={
        "levels": None, "kind": "measured", "ltp": [*ltp], "ltd": None if ltd is None else [*ltd],
        **keys})


def test_clean_points_are_left_alone():
    """The tables are those of smooth = "none", with or without the choice."""
    ltp, ltd = points(2.0, 0)
    found = smoothing(config(ltp, ltd).device)
    assert (found.method, found.automatic, found.reason) == ("none", True, "")
    assert found.ltp == tuple(ltp)
    given = config(ltp, ltd, smooth="none")
    assert np.array_equal(device_tables(given).depress, device_tables(config(ltp, ltd)).depress)


@pytest.mark.parametrize("seed", range(4))
def test_auto_takes_the_fit_of_a_noisy_saturating_curve(seed):
    ltp, ltd = points(2.0, 0.05, seed)
    found = smoothing(config(ltp, ltd).device)
    assert found.method == "fit"
    assert "steps of LTP do not rise" in found.reason
    true, _ = points(2.0, 0)
    assert np.abs(np.array(found.ltp) - true).max() < 0.05 * 9e-6
    assert np.abs(ltp - true).max() > 0.08 * 9e-6


@pytest.mark.parametrize("seed", range(4))
def test_auto_takes_monotone_curves_where_the_fit_is_wrong(seed):
    """Two slopes: a saturating curve cannot follow them."""
    random = np.random.default_rng(seed)
    true = np.interp(np.arange(101), [0, 20, 80, 100], [1e-6, 5e-6, 6e-6, 10e-6])
    noisy = true + 3e-7 * random.standard_normal(101)
    found = smoothing(config(noisy, noisy[::-1]).device)
    assert found.method == "isotonic"
    assert np.sqrt(np.mean((np.array(found.ltp) - true) ** 2)) < 3e-7


@pytest.mark.parametrize("noise", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("count", [5, 15, 60, 300])
def test_monotone_curves_hold_no_state(noise, count):
    """With noise frozen in, pulses go nowhere or backwards; smoothed, every pulse moves."""
    ltp, ltd = points(1.0, noise, count=count)
    ltp, ltd = np.maximum(ltp, 0), np.maximum(ltd, 0)
    ltp[0], ltp[-1], ltd[0], ltd[-1] = 1e-6, 10e-6, 10e-6, 1e-6
    tables = device_tables(config(ltp, ltd, smooth="isotonic", conductance_bits=12))
    read, down = tables.read[0], tables.depress[0]
    assert (np.diff(read) >= 0).all()
    assert read[-1] > read[0]
    smooth = smoothing(config(ltp, ltd, smooth="isotonic").device)
    assert (np.diff(smooth.ltp) > 0).all()
    assert (np.diff(smooth.ltd) < 0).all()
    ends = np.array(smooth.ltp) > min(smooth.ltd)
    moved = down < np.arange(len(down))
    assert moved[np.flatnonzero(ends)[0] * (len(down) - 1) // count + 1:].all()


def test_small_steps_down_count_in_monotone_curves():
    """Where LTP is steep and LTD nearly level, depression moves by less than half a state."""
    ltp = np.interp(np.arange(41), [0, 18, 22, 40], [1e-6, 4e-6, 7e-6, 10e-6])
    ltd = np.interp(np.arange(81), [0, 10, 70, 80], [10e-6, 7e-6, 4e-6, 1e-6])
    held = {}
    for method in ("none", "isotonic"):
        down = device_tables(config(ltp, ltd, smooth=method, substates=4)).depress[0]
        held[method] = np.count_nonzero(down[1:] == np.arange(1, len(down)))
    assert held["none"] > 5
    assert held["isotonic"] == 0


def test_monotone_curves_without_noise_are_the_points():
    for u in (-2.0, 0.5, 3.0):
        ltp, ltd = points(u, 0)
        assert isotonic(ltp, depression=False) == pytest.approx(ltp, rel=2e-2)
        assert isotonic(ltd, depression=True) == pytest.approx(ltd, rel=5e-2)


def test_cycles_decide(tmp_path, monkeypatch):
    """Each cycle is noisy, and their mean is still: what is left out are cycles."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(3)
    true = np.interp(np.arange(41), [0, 8, 32, 40], [1.0, 5.0, 6.0, 10.0])
    rows = [f"{cycle},{pulse},{value}" for cycle in range(12) for pulse, value in enumerate(
        np.maximum(true + 1.5 * random.standard_normal(41), 0))]
    (tmp_path / "cycles.csv").write_text("\n".join(["cycle,pulse,ltp_uS", *rows]))
    device = load_config("digits", settings=["device.file=cycles.csv"]).device
    assert len(device.measurement.ltp) == 12
    found = smoothing(device)
    assert found.method == "isotonic"
    assert "On cycles left out" in found.reason


def test_a_few_steps_the_wrong_way_are_repaired():
    """Where noise is small, the curve is kept as it is, whatever its shape."""
    true = np.interp(np.arange(61), [0, 20, 40, 60], [1e-6, 7e-6, 7.5e-6, 10e-6])
    noisy = true + 3e-8 * np.random.default_rng(1).standard_normal(61)
    found = smoothing(config(noisy).device)
    assert found.method == "isotonic"
    assert "A few points are noisy" in found.reason
    assert np.array(found.ltp) == pytest.approx(noisy, abs=3e-7)


def test_a_depression_that_never_falls_is_no_noise():
    assert smoothing(config([0, 1e-6, 2e-6], [2e-6, 2e-6]).device).method == "none"


def test_a_smoothed_device_is_a_configuration_of_its_own():
    """The choice and its tables survive writing and reading, and presets have none."""
    ltp, ltd = points(2.0, 0.05)
    one = config(ltp, ltd)
    again = type(one).model_validate_json(one.model_dump_json())
    assert smoothing(again.device) == smoothing(one.device)
    with pytest.raises(ConfigError, match=r'device\.smooth: must be left out for kind "linear"'):
        small_config(device={"kind": "linear", "levels": 4, "smooth": "fit"})
    with pytest.raises(ConfigError, match=r'device\.smooth: must be one of "auto", "none", "iso'):
        config(ltp, ltd, smooth="spline")
