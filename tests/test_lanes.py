"""Numbers of lanes: those worth having, the automatic ones, and their comparison by `estimate`."""

import json
from pathlib import Path

import numpy as np
import pytest
from small import save_small, small_config, small_data

from pulsetrain import estimate
from pulsetrain.golden import GoldenEngine
from pulsetrain.golden.cycles import cycles_of
from pulsetrain.spec import ConfigError, load_config
from pulsetrain.spec.lanes import Choice, choices, usual_lanes
from pulsetrain.spec.load import config_from_mapping


def groups(config, lanes):
    return tuple(layer.groups for layer in with_lanes(config, lanes).design.layers)


def with_lanes(config, lanes):
    return small_config(**{**config.model_dump(), "engine": {"lanes": lanes}})


@pytest.mark.parametrize("hidden", [[], [5], [200], [37, 64]], ids=str)
def test_the_lanes_worth_having_are_the_fewest_for_their_groups(hidden):
    config = small_config(network={"hidden": hidden, "outputs": 10})
    worth = choices(config.network)
    made = [groups(config, lanes) for lanes in range(1, 257)]
    assert worth[::-1] == sorted(made.index(counts) + 1 for counts in set(made))


def test_usual_lanes_take_about_as_few_cycles_as_any_up_to_64():
    """Equal groups are not quite equal cycles: with more lanes the last group has fewer units, and
    is visited less often."""
    config = small_config(network={"inputs": 30, "hidden": [100, 20], "outputs": 10})
    data = small_data(config, train=60)
    engine, traces = GoldenEngine(config), []
    for index in range(60):
        engine.train(data.x_train[index:index + 1], data.y_train[index:index + 1])
        traces.append(engine.trace)
    cycles = {lanes: np.mean([cycles_of(with_lanes(config, lanes), trace)[0] for trace in traces])
              for lanes in range(1, 65)}
    assert usual_lanes(config) == 50
    assert cycles[50] < 1.02 * min(cycles.values())
    assert cycles[49] > 1.05 * cycles[50]


@pytest.mark.parametrize(("lanes", "known", "expected"), [
    (5, None, "dsp"), (5, 5, "dsp"), (5, 3, 3), (5, 0, "lut"), ("auto", 3, 3)])
def test_automatic_multipliers_are_those_of_the_fpga(lanes, known, expected):
    config = config_from_mapping(
        {**small_config().model_dump(mode="json"),
         "engine": {"lanes": lanes, "multipliers": "auto"}}, choice=Choice(multipliers=known))
    assert config.engine.multipliers == expected
    assert config.engine.lanes == 5
    assert config.design.dsp_lanes == min(5, 5 if known is None else known)


def test_what_multipliers_can_be():
    allowed = r"engine\.multipliers: must be dsp, lut, auto, or an integer in 1\.\.256, not "
    for wrong in (0, 257, "all", True, 2.5):
        with pytest.raises(ConfigError, match=allowed):
            small_config(engine={"lanes": 4, "multipliers": wrong})


def test_automatic_lanes_become_a_number(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_small(tmp_path)
    text = Path("small.toml").read_text()
    Path("auto.toml").write_text(text.replace("lanes = 2", 'lanes = "auto"'))
    assert load_config("auto.toml").engine.lanes == 5
    assert load_config("small.toml", settings=["engine.lanes=auto"]).engine.lanes == 5
    assert load_config("mnist-64", settings=["engine.lanes=auto"]).engine.lanes == 50
    assert load_config("auto.toml", settings=["engine.lanes=3"]).engine.lanes == 3
    with pytest.raises(ConfigError, match=r"device\.levels: must be"):
        load_config("auto.toml", settings=["device.levels=1"])


def test_lanes_are_compared(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_small(tmp_path)
    noise = "device.cycle_noise=1"  # its hashes make a lane so large that not all lanes fit
    noisy = load_config("small.toml", settings=[noise])
    status, shown, _ = run("estimate", "small.toml", "--data", "npz:small.npz", "--part",
                           "ice40up5k", "--clock", 25, "--sweep-lanes", "--plot", "lanes.png",
                           "--json", "lanes.json", "--set", noise)
    assert status == 0
    assert "small on ice40up5k at 25 MHz" in shown
    assert Path("lanes.png").read_bytes().startswith(b"\x89PNG")
    found = json.loads(Path("lanes.json").read_text())
    rows = {row["lanes"]: row for row in found["lanes"]}
    assert list(rows) == [1, 2, 3, 4, 5, 8]
    assert (found["auto"], found["part"], found["clock_mhz"]) == (3, "ice40up5k", 25)
    for lanes in (2, 3):
        alone = estimate(noisy, "npz:small.npz", part="ice40up5k", lanes=lanes)
        assert rows[lanes]["cycles_per_sample"] == {"ideal": alone.ideal_cycles,
                                                    "predicted": alone.cycles}
        assert rows[lanes]["samples_per_second"] == pytest.approx(25e6 / alone.cycles)
        assert rows[lanes]["resources"] == {
            name: used for name, (used, _) in alone.resources.items()}
        assert rows[lanes]["short_of"] == []
    assert rows[5]["short_of"] == rows[8]["short_of"] == ["lut4"]
    assert rows[5]["groups"] == [1, 1]


def test_without_a_clock_each_number_of_lanes_has_its_own(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_small(tmp_path)
    status, _, _ = run("estimate", "small.toml", "--data", "npz:small.npz", "--board",
                       "ulx3s-25f", "--sweep-lanes", "--json", "lanes.json")
    found = json.loads(Path("lanes.json").read_text())
    clocks = [row["clock_mhz"] for row in found["lanes"]]
    assert (status, found["clock_mhz"]) == (0, None)
    assert clocks == sorted(clocks, reverse=True)
    assert 60 < clocks[-1] < clocks[0] < 120
