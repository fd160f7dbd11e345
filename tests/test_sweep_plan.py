"""Sweep files: what they expand to, and what is refused before anything runs."""

from pathlib import Path

import numpy as np
import pytest
from small import save_small, small_config

from pulsetrain.data import DataError
from pulsetrain.spec import ConfigError, load_config
from pulsetrain.sweep import load_sweep, plan, sweep_names
from pulsetrain.sweep.task import samples

HEAD = 'name = "mine"\nconfig = "small.toml"\ndata = "npz:small.npz"\nepochs = 2\nseeds = [3, 4]\n'


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with a small configuration and its data."""
    save_small(tmp_path)
    monkeypatch.chdir(tmp_path)


def tasks_of(text, data=None):
    Path("mine.toml").write_text(text)
    return plan(load_sweep("mine.toml"), data)


def test_a_sweep_without_cases_has_one_with_its_name():
    tasks = tasks_of(HEAD)
    assert [(task.case, task.model, task.config.seed) for task in tasks] == [
        ("mine", "pulse", 3), ("mine", "pulse", 4)]
    assert tasks[0].config == small_config(seed=3)
    assert {(task.epochs, task.data, task.grid) for task in tasks} == {(2, "npz:small.npz", ())}


def test_cases_times_grid_times_seeds_in_the_order_of_the_file():
    tasks = tasks_of(HEAD + """
[grid]
"numbers.forward_shift" = [4, [4, 3]]
device.levels = [8, 16]
[[case]]
name = "one"
[[case]]
name = "two"
set.update.method = "single"
grid = { update.pulse_probability = [1.0, 0.5] }
[[case]]
name = "three"
model = "float"
grid = {}
""")
    keys = ("numbers.forward_shift", "device.levels", "update.pulse_probability")
    assert [(task.case, task.config.seed, *(dict(task.grid)[key] for key in keys))
            for task in tasks] == [
        *[("one", seed, shift, levels, "") for shift in ("4", "[4, 3]") for levels in ("8", "16")
          for seed in (3, 4)],
        *[("two", seed, "", "", share) for share in ("1.0", "0.5") for seed in (3, 4)],
        ("three", 3, "", "", ""), ("three", 4, "", "", "")]
    assert tasks[4].config.numbers.forward_shift == (4, 3)
    assert tasks[4].config.device.levels == 8
    assert tasks[8].config.update.method == "single"
    assert tasks[10].config.update.pulse_probability == 0.5
    assert tasks[-1].model == "float"
    assert len({task.key for task in tasks}) == len(tasks)


def test_the_later_setting_wins():
    tasks = tasks_of(HEAD + """
set = { device.levels = 4, update.delta_threshold = 1, update.row_threshold = 9 }
grid = { device.levels = [32] }
[[case]]
name = "one"
set = { device.levels = 8, update.row_threshold = 10 }
""")
    config = tasks[0].config
    assert (config.device.levels, config.update.row_threshold, config.update.delta_threshold) == (
        32, 10, 1)


def test_data_of_the_option_then_the_sweep_then_the_configuration(tmp_path):
    (tmp_path / "other.npz").write_bytes((tmp_path / "small.npz").read_bytes())
    assert tasks_of(HEAD, "npz:other.npz")[0].data == "npz:other.npz"
    named = HEAD.replace('data = "npz:small.npz"\n', "") + 'set.training.data = "npz:other.npz"\n'
    task = tasks_of(named)[0]
    assert (task.data, task.source) == ("npz:other.npz", f"npz:{tmp_path / 'other.npz'}")
    with pytest.raises(DataError, match="neither the sweep nor its configuration names a data set"):
        tasks_of(HEAD.replace('data = "npz:small.npz"\n', ""))


def test_a_configuration_is_found_from_the_sweep_file(tmp_path, monkeypatch):
    (tmp_path / "mine.toml").write_text(HEAD)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert plan(load_sweep("../mine.toml"), "npz:../small.npz")[0].config == small_config(seed=3)


def test_built_in_sweeps_can_be_planned():
    for name in sweep_names():
        sweep = load_sweep(name)
        x = np.zeros((2, load_config(sweep.config).network.inputs), np.uint8)
        np.savez("blank.npz", x_train=x, y_train=[0, 1], x_test=x, y_test=[0, 1])
        samples.cache_clear()
        assert plan(sweep, "npz:blank.npz"), name
    tasks = plan(load_sweep("digits-methods"))
    assert {task.config.update.method for task in tasks if task.model == "pulse"} == {
        "unidirectional", "bidirectional", "single"}
    assert sum(task.model == "float" for task in tasks) == len(tasks) // 4


CASE = '[[case]]\nname = "one"\n'


@pytest.mark.parametrize(("text", "message"), [
    (HEAD + "epoch = 3\n", "mine.toml: epoch: unknown key (value 3); allowed here: name, config"),
    (HEAD.replace("epochs = 2\n", ""), "mine.toml: epochs: is missing"),
    (HEAD.replace("[3, 4]", "[]"), "seeds: must be a list of different integers, not []"),
    (HEAD.replace("[3, 4]", "[3, 3]"), "seeds: must be a list of different integers, not [3, 3]"),
    (HEAD.replace("[3, 4]", "[0]"), "seeds: must be a list of at most 1000 integers in 1..42949"),
    (HEAD.replace("epochs = 2", "epochs = 0"), "epochs: must be an integer in 1..100000, not 0"),
    (HEAD + CASE + CASE, "case: must be a list of different names, not ['one', 'one']"),
    (HEAD + CASE + 'model = "spike"\n', 'model: must be one of "pulse", "float", not \'spike\''),
    (HEAD + CASE + "sets = {}\n", "sets: unknown key (value {}); allowed here: name, model, set"),
    (HEAD + "set = 3\n", "set: must be a table of keys of the configuration, not 3"),
    (HEAD + "set = { seed = 3 }\n", "seed: must be left to `seeds`, not 3"),
    (HEAD + "grid = { device.levels = 8 }\n", "device.levels: must be a list of different values"),
    (HEAD + "grid = { device.levels = [] }\n", "device.levels: must be a list of different values"),
    (HEAD + "grid = { device.levels = [8, 8] }\n", "device.levels: must be a list of different"),
    (HEAD + CASE + "set = { device.levels = 1 }\n",
     "mine: case one: small.toml: device.levels: must be an integer in 2..4096, not 1"),
    (HEAD + CASE + "grid = { device.colour = [1] }\n",
     "mine: case one: small.toml: device.colour: unknown key"),
    (HEAD + CASE + 'set = { update.method = "both" }\n',
     "mine: case one: small.toml: update.method: must be one of"),
    (HEAD.replace("small.toml", "none.toml"), "mine: case mine: none.toml: no such configuration"),
    ("name = ", "mine.toml: is not valid TOML"),
])
def test_a_bad_sweep_is_one_message(text, message):
    with pytest.raises(ConfigError) as info:
        tasks_of(text)
    assert message in str(info.value)
    assert len(str(info.value).splitlines()) == 1


def test_a_missing_sweep_is_reported():
    with pytest.raises(ConfigError, match=r"none: no such sweep; built in are .*digits-methods"):
        load_sweep("none")


def test_data_must_fit_every_case():
    with pytest.raises(DataError, match=r"mine: case one: npz:.*small\.npz: samples have 6 inputs"):
        tasks_of(HEAD + CASE + "set = { network.inputs = 7 }\n")


def test_data_without_test_samples_are_refused(tmp_path):
    with np.load("small.npz") as arrays:
        np.savez("untested.npz", **{**arrays, "x_test": arrays["x_test"][:0],
                                    "y_test": arrays["y_test"][:0]})
    with pytest.raises(DataError, match=r"npz:untested\.npz: there is no sample to test on"):
        tasks_of(HEAD, "npz:untested.npz")
