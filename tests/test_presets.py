"""Presets: published values, and their use in a configuration."""

from pathlib import Path

import pytest
from small import small_config

from pulsetrain.compiled.engine import CompiledEngine
from pulsetrain.data import load_data
from pulsetrain.device import device_tables, learning_digest
from pulsetrain.device.describe import describe
from pulsetrain.run import run_training
from pulsetrain.spec import ConfigError, Device, load_config
from pulsetrain.spec.load import config_from_json
from pulsetrain.spec.presets import presets

PUBLISHED = {
    "ag-a-si": (97, 2.4, -4.88, 12.5, 0.035),
    "taox-tio2": (102, 1.85, -1.79, 2, 0.01),
    "taox-hfox": (128, 0.04, -0.63, 10, 0.037),
    "pcmo": (50, 3.68, -6.76, 6.84, 0.01),
    "alox-hfo2": (40, 1.94, -0.61, 4.43, 0.05),
    "gst-pcm": (100, 0.105, 2.4, 19.8, 0.015),
    "epiram": (64, 0.5, -0.5, 50.2, 0.02),
    "hzo-fefet": (32, 1.75, 1.46, 45, 0.005),
}
"""Levels, NL of potentiation and of depression, Gmax / Gmin, and cycle-to-cycle deviation."""

NAMES = [*PUBLISHED, "exponential", "gsd", "linear"]


def load(*settings):
    return load_config("digits", settings=settings)


@pytest.mark.parametrize("name", NAMES)
def test_the_page_has_the_accuracies_that_a_preset_reaches(name):
    page = (Path(__file__).parent.parent / "docs" / "how-to" / "devices.md").read_text("utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
    reached = []
    for method in ("unidirectional", "bidirectional"):
        engine = CompiledEngine(load(f"device.preset={name}", f"update.method={method}",
                                     "training.epochs=10"))
        last = run_training(engine, load_data("digits"), epochs=10).epochs[-1]
        reached.append(f"{100 * last.accuracy:.2f}")
    assert row.rpartition(" | ")[2] == f"{' / '.join(reached)} % |"


def test_every_preset_is_tested():
    assert sorted(presets()) == sorted(NAMES)
    assert {preset.name for preset in presets().values() if not preset.verified} == {"gsd"}
    assert all(preset.source for preset in presets().values())


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_values(name):
    levels, up, down, ratio, sigma = PUBLISHED[name]
    preset, device = presets()[name], load(f"device.preset={name}").device
    assert (device.kind, device.preset, device.levels) == ("exponential", name, levels)
    assert (device.potentiation.nl, device.depression.nl) == (up, down)
    assert device.on_off_ratio == ratio
    assert (device.cycle_sigma, device.cycle_noise) == (sigma, 0)
    assert preset.cycle_sigma_is_bound == (name in ("taox-tio2", "pcmo", "hzo-fefet"))


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("method", ["unidirectional", "bidirectional"])
def test_the_noise_of_every_preset_is_emulated(name, method):
    config = load(f"device.preset={name}", f"update.method={method}")
    steps = PUBLISHED[name][-1] * (config.device.levels - 1)
    assert describe(config).noise_steps == pytest.approx(steps, rel=0.01)


@pytest.mark.parametrize("name", NAMES)
def test_tables_of_every_preset(name):
    config = load(f"device.preset={name}", "update.method=bidirectional")
    tables = device_tables(config)
    ratio = config.device.on_off_ratio
    assert config.design.conductance_bits == 8  # weights have the same range with every preset
    assert tables.read[0, -1] == config.design.conductance_limit
    assert tables.read[0, 0] == int(255 / ratio + 0.5 if ratio else 0)
    assert (tables.potentiate[0, :-1] > range(config.design.states - 1)).mean() > 0.9
    assert (tables.depress[0, 1:] < range(1, config.design.states)).mean() > 0.9


@pytest.mark.parametrize("name", NAMES)
def test_a_dumped_configuration_loads_unchanged(name):
    config = load(f"device.preset={name}", "device.levels=20")
    again = config_from_json(config.model_dump_json())
    assert again == config
    assert again.device.levels == 20
    assert learning_digest(again) == learning_digest(config)


def test_a_setting_replaces_the_whole_device():
    assert load("device.conductance_bits=12", "device.preset=hzo-fefet").device == Device(
        preset="hzo-fefet", **presets()["hzo-fefet"].device)


def test_later_settings_override_the_preset():
    device = load("device.preset=hzo-fefet", "device.levels=64", "device.potentiation.u=2",
                  "device.on_off_ratio=100").device
    assert (device.levels, device.on_off_ratio, device.depression.nl) == (64, 100, 1.46)
    assert device.potentiation.model_dump(exclude_none=True) == {"u": 2}


def test_a_curve_set_in_a_dumped_configuration_replaces_the_other_name(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(load("device.preset=exponential").model_dump_json())
    device = load_config(str(tmp_path), settings=["device.potentiation.nl=1.5",
                                                  "device.depression.pulses=40"]).device
    assert device.potentiation.model_dump(exclude_none=True) == {"nl": 1.5}
    assert device.depression.model_dump(exclude_none=True) == {"pulses": 40}
    assert load_config(str(tmp_path), settings=["device.preset=gsd"]).device.levels == 64


def test_a_preset_in_a_section_leaves_its_other_keys():
    config = small_config(device={"preset": "pcmo", "levels": 20})
    assert (config.device.levels, config.device.depression.nl) == (20, -6.76)


@pytest.mark.parametrize("setting", ["device.preset=fefet", "device.preset=7",
                                     "device.preset=[1]"])
def test_an_unknown_preset_is_refused_with_the_known_ones(setting):
    with pytest.raises(ConfigError, match=r"digits: device\.preset: must be one of ag-a-si, .*"
                                          r"hzo-fefet, .*, not ") as info:
        load(setting)
    assert len(str(info.value).splitlines()) == 1
