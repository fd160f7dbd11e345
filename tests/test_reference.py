"""The reference pages name everything that the code has: keys, options, and what files hold."""

import json
import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from small import small_config, small_data, with_energy

import pulsetrain
from pulsetrain.cli.commands import FUNCTIONS, load
from pulsetrain.run import Point, Progress
from pulsetrain.spec.fields import Part, integer

DOCS = Path(__file__).parent.parent / "docs"
FILES = (DOCS / "reference" / "files.md").read_text(encoding="utf-8")


@pytest.fixture
def keys(monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    import keys
    return keys


@pytest.fixture
def commands(monkeypatch):
    monkeypatch.syspath_prepend(DOCS)
    import commands
    return commands


@pytest.mark.parametrize("row", [
    '| `lanes` | 8 | an integer in 1..256, or auto |  | Synapses processed per cycle.',
    '| `activation_bits` | 8 | an integer in 2..8 | bit |',
    '| `read_volts` |  | a number in -1000.0..1000.0 | volt | The voltage at which devices are',
    '| `seed` | not given | an integer in 1..4294967295 |  | Chooses the classes',
    '| `refresh_swaps` | false | true or false |  |',
    '| `kind` | "linear" | one of "linear", "exponential", "measured" |  |'])
def test_a_key_has_its_default_range_unit_and_meaning(keys, row):
    assert row in keys.configuration()


def test_every_section_is_there(keys):
    sections = re.findall(r"^#+ `\[+([\w.]+)\]+`$", keys.configuration(), re.MULTILINE)
    assert sections == [
        "network", "numbers", "device", "device.potentiation", "device.depression",
        "device.measurement", "device.energy", "device.energy.potentiation",
        "device.energy.depression", "device.energy.erase", "variation", "update", "engine",
        "training", "training.scaling", "device.reading"]
    assert "`[[case]]`" in keys.sweep()


class Undescribed(Part):
    """A section with a key that no text describes."""

    described: int = integer(1, 2)
    """A text."""
    plain: int = integer(1, 2)


def test_a_key_without_a_description_is_found(keys):
    assert keys.meanings(Undescribed) == {"described": "A text."}
    with pytest.raises(KeyError, match="plain"):
        keys._section(Undescribed, "undescribed", 2)


def test_every_command_has_all_its_options(commands):
    page = commands.sections()
    parts = re.split(r"^## `(.*)`\n", page, flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert sections.keys() == {*FUNCTIONS, "devices show", "devices fit"}
    for name in FUNCTIONS:
        for entry in load(name).params:
            for option in entry.opts:
                if option.startswith("-"):
                    assert re.search(f"[` ]{option}[`, ]", sections[name]), (name, option)
    assert "| `--check` |" in sections["run"]
    assert "[bold]" not in page


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory) -> Path:
    """The files of a training that writes all that there is."""
    config = with_energy(small_config(update={"refresh_swaps": True}))
    data = small_data(config)
    arrays = (data.x_train, data.y_train, data.x_test, data.y_test)
    folder = tmp_path_factory.mktemp("run")
    pulsetrain.train(config, arrays, epochs=1, wear=True).save(folder)
    return folder


def named(title: str) -> set[str]:
    """The names in the first column of the table after `title`."""
    section = FILES.partition(title)[2]
    table = section[section.index("\n|") + 1:].partition("\n\n")[0]
    return {name for line in table.splitlines()
            for name in re.findall(r"`(\w+)`", line.split("|")[1])}


def test_what_a_checkpoint_holds(run_folder):
    with np.load(run_folder / "checkpoint.npz") as arrays:
        assert named("## Checkpoint") == {re.sub(r"_\d$", "_N", name) for name in arrays}


def test_what_a_history_holds(run_folder):
    history = json.loads((run_folder / "history.json").read_text())
    assert named("## `history.json`") == set(history)
    assert named("Each row of `epochs`") == set(history["epochs"][0])


def test_what_a_progress_holds():
    assert named("## `progress.json`") == {field.name for field in fields(Progress)}
    assert named("Each point of `trail`") == {field.name for field in fields(Point)}


def test_what_a_manifest_holds(tmp_path):
    manifest = pulsetrain.generate(small_config(), tmp_path)
    assert named("## `manifest.json`") == {*manifest, "bus"}


def test_the_python_of_the_page_of_files_works(run_folder, monkeypatch):
    text, = re.findall(r"```python\n(.*?)```", FILES, re.DOTALL)
    (run_folder / "first").mkdir()
    (run_folder / "checkpoint.npz").rename(run_folder / "first" / "checkpoint.npz")
    monkeypatch.chdir(run_folder)
    names = {}
    exec(compile(text, "files.md", "exec"), names)
    assert names["difference"].shape == (7, 5)
