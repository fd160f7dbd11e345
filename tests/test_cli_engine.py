"""`train --engine`: both engines learn the same bits, and one takes the other's place aloud."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from small import small_config, small_data

from rtl_gen.cli import main

TRAIN = ("train", "small.toml", "--data", "npz:small.npz", "--epochs", "2")


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    """An empty folder but for a configuration and its data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    data = small_data(small_config())
    np.savez("small.npz", x_train=data.x_train, y_train=data.y_train, x_test=data.x_test,
             y_test=data.y_test)
    Path("small.toml").write_text(
        'name = "small"\n[network]\ninputs = 6\nhidden = [5]\noutputs = 3\n'
        "[numbers]\nforward_shift = 4\n[device]\nlevels = 16\n")


@pytest.fixture
def run(capsys):
    """Run the command in this process: (status, standard output, standard error)."""
    def run(*arguments):
        with pytest.raises(SystemExit) as info:
            main(list(arguments))
        shown = capsys.readouterr()
        return info.value.code or 0, shown.out, shown.err
    return run


def figures(name):
    found = json.loads(Path(name).read_text())
    assert found.pop("samples_per_second") > 0
    return found


def test_both_engines_write_the_same_checkpoint(run):
    for name in ("compiled", "numpy"):
        status, shown, _ = run(*TRAIN, "--engine", name, "--checkpoint", f"{name}.npz", "--json",
                               f"{name}.json")
        assert status == 0
        assert "warning" not in shown
    assert Path("compiled.npz").read_bytes() == Path("numpy.npz").read_bytes()
    assert figures("compiled.json") == figures("numpy.json")


def test_each_resumes_the_other(run):
    run(*TRAIN, "--checkpoint", "whole.npz")
    run(*TRAIN, "--engine", "numpy", "--samples", "50", "--checkpoint", "part.npz")
    status, _, _ = run(*TRAIN, "--resume", "part.npz", "--checkpoint", "part.npz")
    assert status == 0
    assert Path("part.npz").read_bytes() == Path("whole.npz").read_bytes()


def test_the_numpy_engine_takes_the_place_of_the_compiled_one_with_a_warning(run, monkeypatch):
    run(*TRAIN, "--json", "expected.json")
    for name in ("engine", "kernels", "jit"):
        monkeypatch.delitem(sys.modules, f"rtl_gen.compiled.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "numba", None)
    status, shown, _ = run(*TRAIN, "--json", "got.json")
    assert status == 0
    lines = [line for line in shown.splitlines() if line.startswith("warning:")]
    assert len(lines) == 1
    assert "the NumPy model takes its place" in lines[0]
    assert figures("got.json") == figures("expected.json")


def test_an_engine_that_does_not_exist_is_refused(run):
    status, _, error = run(*TRAIN, "--engine", "fast")
    assert status == 2
    assert "--engine must be one of compiled, numpy, not 'fast'" in error
