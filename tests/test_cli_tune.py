"""`pulsetrain tune` as a user types it: interrupted and continued, and on a dask cluster."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from small import save_small
from test_cli_sweep import ENVIRONMENT, INTERRUPTED, cluster

from pulsetrain.cli import main
from pulsetrain.spec import load_config

TUNE = ("tune", "small.toml", "--data", "npz:small.npz", "--epochs", "2", "--seeds", "1", "--set",
        "update.pulse_probability=auto")
COMMAND = [*INTERRUPTED, "-m", "pulsetrain.cli", *TUNE]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    save_small(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def finished(log):
    """Trials in the file of a study that have ended (state 1 or 2)."""
    return sum('"op_code":6' in line and '"state":0' not in line
               for line in Path(log).read_text().splitlines())


def test_an_interrupted_search_keeps_its_trials_and_continues(run):
    slow = [*COMMAND, "--run", "a", "--trials", "3000", "--jobs", "1"]
    with subprocess.Popen(slow, env=ENVIRONMENT, text=True, start_new_session=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while not (Path("a/search.log").exists() and finished("a/search.log") > 2):
            assert process.poll() is None
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        shown, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert error == ("error: interrupted; a/search.log holds the trials that have ended, and the "
                     "same command continues from there\n")
    held = finished("a/search.log")
    assert not Path("a/tuned.toml").exists()
    status, shown, error = run(*TUNE, "--run", "a", "--trials", held + 2, "--jobs", 1, "--json",
                               "a.json")
    assert (status, error) == (0, "")
    figures = json.loads(Path("a.json").read_text())
    assert [trial["number"] for trial in figures["trials"]] == list(range(held + 2))
    assert f"{held + 2} trials" in shown
    assert f"{100 * sum(figures['best']['test_accuracy']) / 3:.2f} %" in shown
    best = load_config("a/tuned.toml")
    assert figures["best"]["pulse_probability"] == best.design.pulse_probability
    assert Path("a/tune.html").exists()


def test_a_cluster_finds_what_one_process_finds(run):
    assert run(*TUNE, "--run", "here", "--trials", 3, "--jobs", 1, "--json", "here.json")[0] == 0
    with cluster(workers=1) as (address, *_):
        ended = subprocess.run([*COMMAND, "--run", "there", "--trials", "3", "--scheduler", address,
                                "--json", "there.json"], capture_output=True, text=True,
                               env=ENVIRONMENT, timeout=300, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    here, there = (json.loads(Path(f"{name}.json").read_text()) for name in ("here", "there"))
    for key in ("trials", "best", "given", "importance", "improved"):
        assert here[key] == there[key]


@pytest.mark.parametrize(("arguments", "message"), [
    (("--keep", "engine.lanes"), "keep must hold keys that are searched (update.method, "),
    (("--validation", "40"), "held_out must be an integer in 1..39, not 40"),
    (("--jobs", "2", "--scheduler", "tcp://a:1"), "--jobs is for local worker processes")])
def test_options_that_do_not_fit_are_named(arguments, message, capsys):
    with pytest.raises(SystemExit) as info:
        main(["tune", "small.toml", "--data", "npz:small.npz", *arguments])
    assert info.value.code == 2
    assert message in capsys.readouterr().err
    assert not Path("a").exists()
