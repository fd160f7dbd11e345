"""The commands `import`, `export` and `data`, and the pages that show them, as they are written."""

import json
import re
import runpy
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from readme import ROOT
from small import save_small

from pulsetrain.run import read_checkpoint
from pulsetrain.spec import load_config


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    save_small(tmp_path)
    random = np.random.default_rng(1)
    np.savez("w.npz", **{name: random.normal(0, 1, shape) for name, shape in (
        ("weight_1", (6, 5)), ("bias_1", 5), ("weight_2", (5, 3)), ("bias_2", 3))})
    Path("a.csv").write_text("v,w,kind\n" + "".join(
        f"{number},{number % 7},{'xyz'[number % 3]}\n" for number in range(30)))
    return tmp_path


GIVEN = ("import", "w.npz", "small.toml", "--data", "npz:small.npz")


def test_import_and_export_write_their_files_and_figures(run, folder):
    status, shown, _ = run(*GIVEN, "-o", "a.npz", "--validation", "4", "--json", "a.json", "--set",
                           "update.pulse_decay=0.5")
    assert status == 0
    assert "network as given" in shown
    command = shown.splitlines()[-1].partition("Go on with: pulsetrain ")[2]
    assert run(*shlex.split(command), "--epochs", "1")[0] == 0
    figures = json.loads((folder / "a.json").read_text())
    assert f"{100 * figures['accuracy']:.2f} %" in shown
    assert [layer["synapses"] for layer in figures["layers"]] == [35, 18]
    assert figures["digest"]
    start = read_checkpoint(folder / "a.npz")
    assert (start.validation, start.state.counters["samples"]) == (4, 0)
    assert run(*shlex.split(command), "--epochs", "2", "--run", "first")[0] == 0
    for file in ("b.onnx", "b.npz"):
        status, shown, _ = run("export", "first", "-o", file)
        assert status == 0
        assert "the state of small after 2 epochs and 0 samples" in shown
        assert (folder / file).exists()
    assert run("export", "first/checkpoint.npz", "-o", "c.onnx")[0] == 0
    assert (folder / "c.onnx").read_bytes() == (folder / "b.onnx").read_bytes()


@pytest.mark.parametrize(("arguments", "message"), [
    ((*GIVEN, "-o", "a.npz", "--inputs", "1"), "--inputs must be LOW:HIGH, two numbers, such as"),
    ((*GIVEN, "-o", "a.npz", "--inputs", "0:x"), "--inputs must be LOW:HIGH"),
    ((*GIVEN, "-o", "a.npz", "--activation", "tanh"), "activation must be one of relu, sigmoid,"),
    ((*GIVEN[:2], "-o", "a.npz"), "no built-in configuration has a network of 6-5-3 units"),
    ((*GIVEN[:2], "-o", "a.npz", "--set", "seed=2"), "--set and --lanes change a configuration"),
    (("import", "w.pt", "digits", "-o", "a.npz"), "is never opened, because files of this kind"),
    ((*GIVEN[:3], "-o", "a.npz"), "names no data set; pass --data"),
    ((*GIVEN, "-o", "missing/a.npz"), "missing/a.npz: cannot be written"),
    ((*GIVEN, "-o", "a.npz", "--validation", "40"), "held out for validation must be in 0..39"),
    (("export", "small.npz", "-o", "a.onnx"), "is not a complete checkpoint"),
    (("export", "small.npz", "-o", "a.txt"), "must end in .onnx or .npz, not in '.txt'"),
    (("export", "none.npz", "-o", "a.onnx"), "there is no such checkpoint"),
    (("data", "letters"), "data must be digits, mnist:FOLDER"),
    (("data", "csv:a.csv"), "say which holds the label with csv:FILE#label=NAME"),
    (("data", "csv:a.csv#label=kind", "-o", "missing/a.toml"), "missing/a.toml: cannot be written"),
])
def test_what_cannot_be_done_is_one_line(run, folder, arguments, message):
    before = sorted(folder.iterdir())
    status, _, error = run(*arguments)
    assert status == 2
    assert message in error
    assert len(error.splitlines()) == 1
    assert sorted(folder.iterdir()) == before


def test_data_shows_a_table_and_writes_a_configuration(run, folder):
    status, shown, _ = run("data", "csv:a.csv#label=kind", "-o", "a b.toml", "--json", "a.json")
    assert status == 0
    assert "2 inputs, 3 classes, 24 samples to train and 6 to test" in shown
    config = load_config("a b.toml")
    assert (config.name, config.network.inputs, config.network.outputs) == ("a-b", 2, 3)
    figures = json.loads((folder / "a.json").read_text())
    assert figures["scaling"]["columns"] == ["v", "w"] == [*config.training.scaling.columns]
    assert figures["classes"][1] == {"label": "y", "train": 8, "test": 2}
    assert run("train", "a b.toml", "--epochs", "1", "--checkpoint", "a.npz")[0] == 0
    kept = read_checkpoint(folder / "a.npz").config.training.scaling
    assert kept == config.training.scaling


def test_data_shows_other_sets(run):
    status, shown, _ = run("data", "npz:small.npz")
    assert status == 0
    assert "6 inputs, 3 classes, 40 samples to train and 12 to test" in shown


# `verify` and `run` of the pages are left out: other tests have the same in fewer seconds.
SKIPPED = ("pulsetrain verify", "pulsetrain run")


@pytest.mark.parametrize("page", ["data", "pretrained"])
@pytest.mark.filterwarnings("ignore")
def test_the_commands_of_the_page_work(run, folder, page):
    shutil.copytree(ROOT / "docs", folder / "docs")
    text = (ROOT / "docs" / "how-to" / f"{page}.md").read_text()
    accuracies = []
    for line in "".join(re.findall(r"```bash\n(.*?)```", text, re.DOTALL)).splitlines():
        if line.startswith(SKIPPED):
            continue
        program, *arguments = shlex.split(line)
        if program == "python":
            runpy.run_path(arguments[0])
            continue
        status, shown, error = run(*arguments)
        assert status == 0, error
        accuracies += [float(found) for found in re.findall(r"pairs of devices \S +([\d.]+) %",
                                                            shown)]
    if page == "pretrained":
        assert accuracies == pytest.approx([98.33, 39.72], abs=3)
        assert "| upright digits | 98.33 % | 98.33 % |" in text
        assert "39.72 % |" in text
