"""A device to keep: what is estimated from a measurement, and the file that holds it."""

import json
from pathlib import Path

import numpy as np
import pytest

import pulsetrain
from pulsetrain.device.estimate import noise_of, spread_of
from pulsetrain.device.fit import fit_curve
from pulsetrain.spec import ConfigError, load_config
from pulsetrain.spec.points import read_points

NEUROSIM = {"potentiation": (0.5, 97, 2.40), "depression": (-0.2, 100, -4.88)}
"""The curves of Ag:a-Si in NeuroSim's nonlinear_fit.m: its A and number of pulses, and the label
that NeuroSim publishes for the curve."""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


def neurosim(a, pulses):
    """Conductance over the position 0..1, as nonlinear_fit.m draws it."""
    return (1 - np.exp(-np.linspace(0, 1, pulses + 1) / a)) / (1 - np.exp(-1 / a))


@pytest.mark.parametrize("name", NEUROSIM)
def test_both_conventions_give_neurosim_s_published_label(name):
    """Depressing pulses go back along the position. Without noise the conventions agree."""
    a, pulses, label = NEUROSIM[name]
    down = name == "depression"
    points = 3e-9 + 38e-9 * neurosim(a, pulses)
    fit = fit_curve(points[::-1] if down else points, depression=down)
    assert fit.nl == pytest.approx(label, abs=6e-3)
    assert fit.nl_anchored == pytest.approx(label, abs=6e-3)


def test_noise_at_the_ends_bends_the_anchored_curve_only():
    points = 1e-6 * np.arange(1, 42.0)
    points[0] = 0
    points[5] = 60e-6
    fit = fit_curve(points, depression=False)
    assert abs(fit.nl_anchored - fit.nl) > 1


def cycles(count, pulse, read, pulses=100, u=2.0, seed=0, scale=9.0):
    """Cycles of a device whose pulses and readings are noisy, as rows of a file."""
    random = np.random.default_rng(seed)
    top = 1 / -np.expm1(-u)
    for cycle in range(count):
        g = 0.0
        for number in range(pulses + 1):
            yield f"{cycle},ltp,{number},{max(0, 2 + scale * (g + read * random.normal()))}"
            g += -np.expm1(-u / pulses) * (top - g) + pulse * random.normal()


@pytest.mark.parametrize(("pulse", "read"), [(0.02, 0.03), (0.02, 0.0), (0.05, 0.01), (0.0, 0.03)])
def test_noise_is_estimated_from_cycles(pulse, read):
    """The pulses' noise adds up and the readings' does not, so they are told apart."""
    Path("cycles.csv").write_text("\n".join(["cycle,curve,pulse,g_uS", *cycles(20, pulse, read)]))
    points = read_points(Path("cycles.csv"))
    span = 9.0 / (1e6 * (max(points.ltp) - min(points.ltp)))
    found = noise_of(points)
    assert found.cycles == 20
    assert found.pulse == pytest.approx(pulse * span, rel=0.25, abs=3e-3)
    assert found.read == pytest.approx(read * span, rel=0.25, abs=1.2e-2)


def test_one_cycle_is_compared_with_its_fit():
    Path("one.csv").write_text("\n".join(["cycle,curve,pulse,g_uS", *cycles(1, 0, 0.03)]))
    found = noise_of(read_points(Path("one.csv")))
    assert found.cycles == 1
    assert found.read == pytest.approx(0.03, rel=0.3)


def test_differences_of_devices():
    """Ranges of 4, 5 and 6 uS, all with the same bend; LTD falls as far as LTP rises."""
    rise = (1 - np.exp(-np.arange(21) / 10)) / (1 - np.exp(-2))
    Path("devices.csv").write_text("device,curve,pulse,g_uS\n" + "".join(
        f"{span},{curve},{pulse},{1 + span * value}\n" for span in (4, 5, 6)
        for curve, values in (("ltp", rise), ("ltd", 1 - rise))
        for pulse, value in enumerate(values)))
    points = read_points(Path("devices.csv"))
    found = spread_of(points)
    assert (found.devices, found.range) == (3, pytest.approx(0.2, rel=1e-3))
    assert found.up_down == pytest.approx(0, abs=1e-4)
    assert found.bend == pytest.approx(0, abs=1e-3)
    assert points.ltp[-1] == pytest.approx(6e-6)


# The file -----------------------------------------------------------------------------------------


def test_a_device_is_written_and_used(run):
    Path("cycles.csv").write_text("\n".join(["cycle,curve,pulse,g_uS", *cycles(10, 0.02, 0.01)]))
    status, shown, error = run("devices", "fit", "cycles.csv", "-o", "mine.toml",
                               "--json", "a.json")
    assert status == 0, error
    assert "NL, between lowest and highest" in shown
    assert "from up to 10 cycles: one pulse " in shown
    figures = json.loads(Path("a.json").read_text())
    assert figures["fits"]["potentiation"]["u"] == pytest.approx(2.0, abs=0.4)
    config = load_config("digits", settings=["device.file=mine.toml"])
    assert (config.device.kind, config.device.levels) == ("exponential", 101)
    assert config.device.cycle_sigma == pytest.approx(0.02, rel=0.3)
    again = load_config("digits", settings=["device.file=mine.toml", "device.levels=33",
                                            "device.cycle_sigma=0"])
    assert (again.device.levels, again.device.cycle_sigma) == (33, 0)
    assert "exponential" in run("devices", "show", "mine.toml")[1]
    assert run("devices", "fit", "cycles.csv", "-o", "cycles.csv")[0] == 2
    assert Path("cycles.csv").read_text().startswith("cycle,curve")


def test_a_device_beside_its_configuration(tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "mine.toml").write_text(
        '[device]\nkind = "exponential"\nlevels = 9\n[device.potentiation]\nu = 1\n'
        '[variation]\nrange = 0.1\nstep = 0.2\n')
    (tmp_path / "sub" / "net.toml").write_text(
        'name = "net"\n[network]\ninputs = 4\noutputs = 2\n[device]\nfile = "mine.toml"\n'
        '[variation]\nstep = 0.3\n')
    config = load_config("sub/net.toml")
    assert config.device.levels == 9
    assert (config.variation.range, config.variation.step) == (0.1, 0.3)


@pytest.mark.parametrize(("text", "message"), [
    ("[network]\ninputs = 4\n", r"bad\.toml: network: a file of a device must hold the sections"),
    ("[device]\nfile = 'a.csv'\n", r"device\.file must be left out with a file of a device"),
    ("[device]\nlevels = 1\n", r"device\.levels: must be an integer in 2\.\.4096, not 1"),
    ("[device\n", r"bad\.toml: is not valid TOML"),
])
def test_files_that_hold_no_device_are_refused(text, message):
    Path("bad.toml").write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_config("digits", settings=["device.file=bad.toml"])


def test_a_device_is_fitted_in_python():
    Path("points.csv").write_text("pulse,ltp_uS,ltd_uS\n0,1,9\n1,5,4\n2,8,2\n3,9,1\n")
    device = pulsetrain.Device.from_csv("points.csv")
    fits = device.fit("mine.toml")
    config = pulsetrain.load_config("digits", settings={"device.file": "mine.toml"})
    assert config.device.potentiation.u == pytest.approx(fits["potentiation"].u, abs=1e-4)
    assert config.device.depression.u == pytest.approx(fits["depression"].u, abs=1e-4)
    with pytest.raises(pulsetrain.PulsetrainError, match="must be a device of measured points"):
        pulsetrain.Device.preset("linear").fit("other.toml")
