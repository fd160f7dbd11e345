"""What a page says about its run: device, settings, siemens; and figures as files."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pages import words
from small import small_config

from pulsetrain.device import learning_digest
from pulsetrain.device.origin import origin
from pulsetrain.device.scale import unit_siemens
from pulsetrain.golden import GoldenEngine
from pulsetrain.report import Run, figures, render, run_page
from pulsetrain.report.device import device_plots
from pulsetrain.report.plot import FORMATS, SERIES, drawing
from pulsetrain.report.settings import as_toml, differences
from pulsetrain.report.weights import conductance_plot, conductances, weight_map, weight_plot
from pulsetrain.report.words import MINUS, SPACE
from pulsetrain.run import Checkpoint, read_checkpoint, write_checkpoint
from pulsetrain.spec import ConfigError, builtin_names, load_config
from pulsetrain.spec.load import config_from_json
from pulsetrain.spec.measurement import MOST_CYCLES, MOST_READINGS, by_cycle, file_name
from pulsetrain.spec.units import conductance

EXAMPLE = Path(__file__).parent.parent / "docs" / "example"


def fresh(config):
    """A run of `config` that has not learned yet."""
    state = GoldenEngine(config).read()
    return Run(name="first", history=None,
               checkpoint=Checkpoint(state=state, epoch=0, position=0, config=config))


def measured(name, *settings):
    return load_config("digits", settings=[f"device.file={EXAMPLE / name}", *settings])


# The device's origin ----------------------------------------------------------------------------


def test_the_name_of_the_file_survives_in_a_checkpoint(tmp_path):
    config = measured("device.csv")
    write_checkpoint(tmp_path / "a.npz", fresh(config).checkpoint)
    kept = read_checkpoint(tmp_path / "a.npz").config
    assert kept == config
    assert origin(kept.device) == "measured points of device.csv"
    page = words(run_page(fresh(kept), None))
    assert "measured points of device.csv, 16 levels" in page.of("dd")
    assert str(EXAMPLE) not in page.html


def test_the_file_and_its_cycles_do_not_change_what_is_learned():
    config = measured("cycles.csv")
    bare = config.device.model_copy(update={"measurement": None})
    assert learning_digest(config) == learning_digest(config.model_copy(update={"device": bare}))
    assert config.device.measurement.ltp == (
        ((0, 1e-6), (1, pytest.approx(2.1e-6)), (2, pytest.approx(3.05e-6))),
        ((0, 1.1e-6), (1, pytest.approx(1.98e-6)), (2, pytest.approx(2.97e-6))))
    assert measured("device.csv").device.measurement.ltp == ()


def test_many_cycles_are_thinned_evenly():
    count, length = 400, 30
    pulse = np.tile(np.arange(length), count)
    label = np.repeat(np.arange(count), length)
    kept = by_cycle(pulse, 1e-6 * (label + 1), label)
    assert len(kept) == MOST_CYCLES
    assert (kept[0][0], kept[-1][-1]) == ((0, 1e-6), (length - 1, pytest.approx(1e-6 * count)))
    long = by_cycle(np.arange(8000) % 4000, np.ones(8000), np.arange(8000) // 4000)
    assert [len(cycle) for cycle in long] == [MOST_READINGS // 2] * 2
    assert by_cycle(np.arange(5), np.ones(5), np.zeros(5)) == ()


@pytest.mark.parametrize(("path", "name"), [
    ("a/b/points.csv", "points.csv"), ("points.csv", "points.csv"), ("a\udcff\x1b.csv", None),
    ("/", "file"), ("x" * 300, None)])
def test_any_file_has_a_name_that_can_be_kept(path, name):
    kept = file_name(path)
    assert name in (None, kept)
    config = measured("device.csv", ("device.measurement.file", kept))
    assert config.device.measurement.file == kept
    config.model_dump_json().encode()


@pytest.mark.parametrize(("value", "message"), [
    ({"file": ""}, "file: must be a printable text of 1 to 255 characters, not ''"),
    ({"file": 3}, "file: must be a printable text"),
    ({"file": "a", "ltp": [[[0, float("nan")]]]}, "ltp: must be at most 50 lists of readings"),
    ({"file": "a", "ltd": [[[0]]]}, "ltd: must be at most 50 lists of readings"),
    ({"file": "a", "ltp": [[]] * 51}, "ltp: must be at most 50 lists of readings"),
    ({"file": "a", "ltp": [[[0, 1]] * 5001]}, "5,000 readings in total"),
    ({"file": "a", "more": 1}, "more: unknown key"),
])
def test_a_measurement_is_checked(value, message):
    with pytest.raises(ConfigError, match=re.escape(f"device.measurement.{message}")
                       if ":" in message else message):
        measured("device.csv", ("device.measurement", value))
    with pytest.raises(ConfigError, match=r"measurement: must be left out for kind .linear."):
        load_config("digits", settings=[("device.measurement", {"file": "a"})])


def test_a_preset_is_named_and_whether_it_was_changed():
    def named(*settings):
        return origin(load_config("digits", settings=["device.preset=hzo-fefet", *settings]).device)

    assert named().endswith("(preset hzo-fefet)")
    assert named("device.levels=64").endswith("(preset hzo-fefet, changed)")
    assert origin(load_config("digits").device) == "linear"
    assert origin(measured("cycles.csv").device) == "measured points of cycles.csv, means of cycles"


def test_what_the_tables_lose_is_a_list_of_notes():
    run = fresh(measured("device.csv", "update.method=bidirectional"))
    notes = words(run_page(run, None)).of("li")
    assert any("Depressing pulses bring a device" in note for note in notes)


# Settings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("config", [
    *map(load_config, builtin_names()), small_config(), measured("cycles.csv"),
    load_config("digits", settings=["device.preset=gst-pcm", "network.hidden=[]",
                                    "numbers.forward_shift=9", "update.delta_threshold=2"])],
    ids=lambda config: f"{config.name}-{config.device.kind}")
def test_all_settings_are_a_configuration_file_that_is_equal(config, tmp_path):
    (tmp_path / "again.toml").write_text(as_toml(config), encoding="utf-8")
    assert load_config(str(tmp_path / "again.toml")) == config
    assert max(map(len, as_toml(config).splitlines())) <= 100


def test_the_settings_that_differ_are_listed_with_both_values():
    assert differences(load_config("mnist")) == []
    changed = load_config("digits", settings=["seed=7", "network.hidden=[]", "engine.lanes=4",
                                              "numbers.forward_shift=9",
                                              "device.conductance_bits=9"])
    assert sorted(differences(changed)) == [
        ("device.conductance_bits", 9, None), ("engine.lanes", 4, 8), ("network.hidden", (), (32,)),
        ("numbers.forward_shift", 9, "auto"), ("seed", 7, 1)]
    own = {key: (value, before) for key, value, before in differences(small_config(
        update={"method": "single"}))}
    assert own["update.method"] == ("single", "auto")
    assert own["network.inputs"] == (6, None)
    page = words(run_page(fresh(changed), None))
    assert {"engine.lanes", "auto", "[32]", "seed"} <= set(page.of("td"))
    assert "What differs from the built-in configuration digits." in page.text


def test_the_points_of_a_device_are_settings_in_words():
    page = words(run_page(fresh(measured("cycles.csv")), None))
    assert {"3 points, 1.05 to 3.01 µS", "2 cycles", "cycles.csv"} <= set(page.of("td"))
    listed = tomllib.loads(as_toml(measured("cycles.csv")))["device"]
    assert listed["measurement"]["file"] == "cycles.csv"
    assert 'device.measurement.file = "cycles.csv"' in page.of("pre")[0]


# Siemens ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("settings", "unit"), [
    (["device.g_max_siemens=5.1e-6"], 5.1e-6 / 255),
    (["device.levels=16", "device.conductance_bits=8", "device.g_max_siemens=2e-6"], 2e-6 / 255),
    (["device.levels=10", "device.conductance_bits=8", "device.g_max_siemens=2e-6"],
     2e-6 / (9 * 28)),
    (["device.preset=gst-pcm", "device.g_max_siemens=1e-6", "variation.range=0.2"], 1e-6 / 255),
    ([], None),
])
def test_a_converter_unit_in_siemens(settings, unit):
    assert unit_siemens(load_config("digits", settings=settings)) == (
        None if unit is None else pytest.approx(unit))


def test_figures_and_captions_show_siemens_beside_converter_units():
    config = measured("device.csv", "update.method=bidirectional")
    assert unit_siemens(config) == pytest.approx(max(config.device.ltp) / 255)
    for known in (True, False):
        config = config if known else load_config("digits")
        pairs = next(conductances(config, GoldenEngine(config).read()))
        for plot, label in ((conductance_plot(pairs), "conductance"),
                            (weight_plot(pairs), "weight"), (weight_map(pairs), "weight")):
            assert (re.search(rf">{label} \([mµn]S\)<", plot.svg) is not None) == known, plot.alt
            assert "converter units)" in plot.svg
            assert (re.search(rf"\([{MINUS}0-9.]+( to [{MINUS}0-9.]+)?\s[µn]S\)", plot.caption)
                    is not None) == known, plot.caption
        pulses, steps, reading = device_plots(config)
        unit = "µS" if known else "share of Gmax"
        for plot in (pulses, steps):
            assert f"({unit})" in plot.svg
            assert "converter units" in plot.svg
        assert f"conductance ({unit})" in reading.svg
        assert ("one unit of the converter is 42.5 nS" in reading.caption) == known
    ltp = measured("device.csv").device.ltp
    first = device_plots(measured("device.csv"))[0].caption
    assert f"from 27 to 255 ({conductance(min(ltp)).split()[0]} to 10.8{SPACE}µS)" in first


def test_both_axes_of_conductance_agree():
    """The second axis shows, at every position, the reading of the conductance on the first."""
    config = measured("device.csv")
    plot = device_plots(config)[0]
    assert plot.svg  # the second axis follows the first when it is drawn
    axes = plot.figure.axes[0]
    (other,) = axes.child_axes
    low, high = axes.get_ylim()
    assert np.array(other.get_ylim()) * unit_siemens(config) == pytest.approx(
        np.array([low, high]) * 1e-6)


# Measured points --------------------------------------------------------------------------------


def test_measured_points_and_every_cycle_are_drawn_over_the_tables():
    plot = device_plots(measured("cycles.csv", "update.method=bidirectional"))[0]
    drawn = {line.get_label(): line for line in plot.figure.axes[0].lines}
    assert {"LTP, measured, mean", "LTD, measured, mean", "LTP, single cycles",
            "LTD, single cycles", "tables"} <= set(drawn)
    assert drawn["LTD, measured, mean"].get_xdata().tolist() == [2, 3, 4]
    assert drawn["LTD, measured, mean"].get_ydata() == pytest.approx([3.01, 2.0, 1.04])
    light = [line for line in plot.figure.axes[0].lines if line.get_alpha()]
    assert len(light) == 4
    assert light[0].get_ydata() == pytest.approx([1.0, 2.1, 3.05])
    assert drawn["LTP, measured, mean"].get_zorder() > drawn["tables"].get_zorder()
    single = device_plots(measured("device.csv"))[0].svg
    assert "LTD, measured" in single
    assert "single cycles" not in single


# Figures in files -------------------------------------------------------------------------------


def test_every_figure_of_a_page_has_a_name_of_its_own():
    run = fresh(load_config("digits", settings=["update.method=bidirectional"]))
    names = [plot.name for plot in figures(run_page(run, None))]
    assert names == ["layer-1-conductances", "layer-1-weights", "layer-2-conductances",
                     "layer-2-weights", "layer-1-weight-map", "layer-2-weight-map",
                     "device-conductance", "device-step", "device-reading"]


def test_a_figure_in_a_file_needs_no_font_and_no_style_sheet():
    with drawing("one") as canvas:
        canvas.axes.plot([1, 2], color=SERIES[0], label="a name")
        canvas.axes.set_xlabel("time (s)")
        canvas.legend()
        plot = canvas.plot("alt", "caption")
    svg, pdf = (plot.image(image) for image in FORMATS)
    assert (svg, pdf) == tuple(plot.image(image) for image in FORMATS)
    text = svg.decode()
    assert SERIES[0] in text
    assert "var(--" not in text
    assert "<text" not in text
    assert "font-family" not in text
    assert 'width="295.2pt"' in text
    assert pdf.startswith(b"%PDF")
    assert b"/FontFile2" in pdf  # the outlines of a TrueType font
    assert b"/Type3" not in pdf
    assert "var(--series-1)" in plot.svg


def test_a_page_is_the_same_after_its_figures_were_written():
    run = fresh(measured("cycles.csv"))
    page = run_page(run, None)
    before = render(page)
    for plot in figures(page)[-1:]:
        plot.image("svg")
    assert render(page) == before == render(run_page(replace(run), None))


def test_a_configuration_of_an_earlier_version_has_no_file():
    config = measured("device.csv")
    text = config.model_dump_json(exclude={"device": {"measurement"}})
    assert origin(config_from_json(text).device) == "measured points"
