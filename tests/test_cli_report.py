"""`pulsetrain report` as a user types it: of a run, of a checkpoint, of a sweep."""

from pathlib import Path

import numpy as np
import pytest
from pages import check_page
from small import save_data, small_config, small_data

from pulsetrain.data import load_data
from pulsetrain.golden import GoldenEngine
from pulsetrain.run import accuracy, read_checkpoint

SWEEP = """case,model,device.levels,seed,epochs,data,accuracy,accuracy_by_epoch,errors,pulses,\
refreshes,samples_per_second,seconds,digest,version
uni,pulse,16,1,2,digits,0.875,0.8 0.875,9,100,3,100,1.0,abc,0.1.0
uni,pulse,64,1,2,digits,0.9375,0.8 0.9375,9,100,3,100,1.0,abc,0.1.0
floats,float,,1,2,digits,0.96,0.9 0.96,,,,100,1.0,abc,0.1.0
"""


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    """Every test works in an empty folder, on a wide terminal without colours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def digits(run):
    """A run folder `digits` of two epochs of 100 samples."""
    assert run("train", "digits", "--samples", 200, "--run", "digits")[0] == 0
    return Path("digits")


@pytest.fixture
def own(run):
    """A run folder `own` with the user's data, `own.npz`."""
    data = small_data(small_config())
    save_data(data, "own.npz")
    Path("small.toml").write_text(
        'name = "small"\n[network]\ninputs = 6\nhidden = [5]\noutputs = 3\n'
        "[numbers]\nforward_shift = 4\n[device]\nlevels = 16\n")
    assert run("train", "small.toml", "--data", "npz:own.npz", "--epochs", 3,
               "--run", "own")[0] == 0
    return Path("own")


def measured(checkpoint):
    """The readings of the state in the file `checkpoint`, of the digits, as a page shows them."""
    read = read_checkpoint(Path(checkpoint))
    engine, data = GoldenEngine(read.config), load_data("digits")
    engine.load(read.state)
    return f"{100 * accuracy(engine, data.x_test, data.y_test):.2f}"


def page(path):
    return check_page(Path(path).read_text())


def test_of_a_run_folder(run, digits):
    status, shown, error = run("report", digits)
    assert (status, error) == (0, "")
    assert "Wrote digits/report.html: 0." in shown
    share = measured("digits/checkpoint.npz")
    assert f"The state reads {share} % of the test samples of digits." in shown
    made = page("digits/report.html")
    assert made.of("h1") == ["digits"]
    assert made.of("dd")[0] == f"{share} %"
    assert f"After 1 epoch, {share} % of the test samples" in made.text
    run("report", digits, "-o", "again.html")
    assert Path("again.html").read_bytes() == Path("digits/report.html").read_bytes()


def test_a_run_folder_needs_no_data(run, own):
    Path("own.npz").unlink()
    assert run("report", own, "-o", "a.html")[0] == 0
    assert "Of 12 test samples" in page("a.html").text


def test_a_run_that_was_not_tested_is_tested_with_its_data(run, own):
    history = own / "history.json"
    text = history.read_text()
    history.write_text(text[:text.index('"confusion"')] + '"confusion": null}')
    assert run("report", own)[0] == 0
    assert "Of 12 test samples" in page("own/report.html").text
    Path("own.npz").unlink()
    status, shown, _ = run("report", own)
    assert status == 0
    assert "Not tested: own.npz: there is no such .npz archive" in shown
    assert "This state has not been tested" in page("own/report.html").text


def test_of_a_checkpoint(run, digits):
    share = measured("digits/checkpoint.npz")
    assert run("report", "digits/checkpoint.npz", "-o", "a.html")[0] == 0
    made = page("a.html")
    assert made.of("dd")[0] == f"{share} %"
    assert "A checkpoint alone does not say" in made.text
    assert not Path("digits/report.html").exists()


def test_of_a_checkpoint_with_data(run, own):
    assert run("report", "own/checkpoint.npz")[0] == 0
    assert "This state has not been tested" in page("own/checkpoint.html").text
    assert run("report", "own/checkpoint.npz", "--data", "npz:own.npz")[0] == 0
    made = page("own/checkpoint.html")
    assert "Of 12 test samples" in made.text
    assert "tested with npz:own.npz" in made.of("dd")


def test_of_a_sweep(run):
    Path("study.csv").write_text(SWEEP)
    status, shown, error = run("report", "study.csv")
    assert (status, error) == (0, "")
    assert "Wrote study.html" in shown
    made = page("study.html")
    assert made.of("h1") == ["study"]
    assert made.of("h2")[0] == "Accuracy against device.levels"
    assert {"87.50 %", "93.75 %", "96.00 %"} <= set(made.of("td"))


def test_of_figures_for_a_paper(run, own):
    status, shown, _ = run("report", own, "--figures", "paper/of/own")
    assert status == 0
    folder = Path("paper/of/own")
    names = {path.name for path in folder.iterdir()}
    assert {"accuracy-by-epoch.svg", "accuracy-by-epoch.pdf", "confusion.pdf",
            "layer-1-weights.svg", "device-conductance.pdf"} <= names
    assert len(names) == 2 * len(page("own/report.html").labels)
    assert f"Wrote {len(names) // 2} figures to paper/of/own, each as .svg and .pdf" in shown


def test_figures_replace_those_of_the_same_names_only(run):
    Path("study.csv").write_text(SWEEP)
    assert run("report", "study.csv", "--figures", "f")[0] == 0
    before = {path: path.read_bytes() for path in Path("f").iterdir()}
    Path("f/accuracy-by-epoch.pdf").write_text("old")
    Path("f/mine.txt").write_text("kept")
    assert run("report", "study.csv", "--figures", "f")[0] == 0
    assert Path("f/mine.txt").read_text() == "kept"
    assert {path: path.read_bytes() for path in before} == before


def test_a_figure_never_replaces_the_page(run):
    Path("study.csv").write_text(SWEEP)
    name = "accuracy-1-device.levels-uni.svg"
    Path("f").mkdir()
    status, _, error = run("report", "study.csv", "-o", f"f/{name}", "--figures", "f")
    assert status == 2
    assert f"f/{name}: cannot be written by --figures: it would replace what --output" in error
    assert not list(Path("f").iterdir())


@pytest.mark.parametrize(("arguments", "message"), [
    (["nothing"], "nothing: there is no such folder or file"),
    (["empty"], "empty: the folder holds no checkpoint.npz; `pulsetrain train --run DIR` writes"),
    (["half"], "half: the folder holds no history.json"),
    (["mixed"], "mixed: history.json is of a configuration with the digest"),
    (["table.csv"], "table.csv: is not the table of a sweep: it is missing the columns case"),
    (["study.csv", "--data", "digits"], "study.csv: is a sweep, whose states are not kept"),
    (["data.npz"], "data.npz: is not a complete checkpoint: config is missing"),
    (["own/history.json"], "own/history.json: is not a complete checkpoint"),
    (["own", "--data", "digits"], "samples have 64 inputs, but the network 'small' has 6"),
    (["own", "--data", "letters"], "data must be digits, mnist:FOLDER, idx:FOLDER, csv"),
    (["own", "-o", "missing/a.html"], "missing/a.html: cannot be written"),
    (["own", "-o", "empty"], "empty: cannot be written: Is a directory"),
    (["own", "--figures", "study.csv"], "study.csv: cannot be written: Not a directory"),
    (["study.csv", "--figures", "/proc/no"], "/proc/no: cannot be written"),
])
def test_unusable_input_is_one_message_and_no_file(run, own, arguments, message):
    Path("empty").mkdir()
    Path("half").mkdir()
    Path("half/checkpoint.npz").write_bytes(Path("own/checkpoint.npz").read_bytes())
    Path("mixed").mkdir()
    run("train", "digits", "--epochs", 0, "--checkpoint", "mixed/checkpoint.npz")
    Path("mixed/history.json").write_bytes(Path("own/history.json").read_bytes())
    Path("table.csv").write_text("a,b\n1,2\n")
    Path("study.csv").write_text(SWEEP)
    np.savez("data.npz", x_train=np.zeros(3))
    before = sorted(Path().rglob("*"))
    status, shown, error = run("report", *arguments)
    assert status == 2
    assert error.startswith("error: ")
    assert message in error
    assert len(error.splitlines()) == 1
    assert shown == ""
    assert sorted(Path().rglob("*")) == before


def test_help(run):
    status, shown, _ = run("report", "--help")
    assert status == 0
    assert "pulsetrain report sweep.csv" in shown
    assert "report" in run("--help")[1]
