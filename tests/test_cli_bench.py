"""`train --engine` and `bench`: both models learn the same bits, and are measured in one run."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from small import small_config, small_data

from rtl_gen import bench
from rtl_gen.bench import Speed, compile_seconds, stand_in
from rtl_gen.golden import GoldenEngine
from rtl_gen.spec import load_config

TRAIN = ("train", "small.toml", "--data", "npz:small.npz", "--epochs", "2")


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    """An empty folder but for a configuration and its data; nothing is compiled anew."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(bench, "compile_seconds", lambda config: 1.25)
    data = small_data(small_config())
    np.savez("small.npz", x_train=data.x_train, y_train=data.y_train, x_test=data.x_test,
             y_test=data.y_test)
    Path("small.toml").write_text(
        'name = "small"\n[network]\ninputs = 6\nhidden = [5]\noutputs = 3\n'
        "[numbers]\nforward_shift = 4\n[device]\nlevels = 16\n")


# train ------------------------------------------------------------------------------------------


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


# bench ------------------------------------------------------------------------------------------


def test_both_models_are_measured_side_by_side(run):
    status, shown, _ = run("bench", "small.toml", "digits", "--data", "npz:small.npz", "--samples",
                           20, "--json", "speed.json")
    assert status == 0
    assert "Measuring small on npz:small.npz: 40 samples" in shown
    assert "Compiling, which is done once and not counted, took 1.2 seconds." in shown
    figures = json.loads(Path("speed.json").read_text())
    assert figures["compile_seconds"] == 1.25
    small, digits = figures["configurations"]
    assert (small["config"], small["network"], small["data"]) == ("small", "6-5-3", "npz:small.npz")
    assert (digits["config"], digits["data"]) == ("digits", "digits")
    for entry in (small, digits):
        assert entry["equal"] is True
        assert entry["numpy_samples"] == 20
        assert len(entry["compiled_samples_per_second_by_epoch"]) == 2
        assert entry["ratio"] == pytest.approx(
            entry["compiled_samples_per_second"] / entry["numpy_samples_per_second"])
        assert 0 < entry["accuracy"] <= 1
        assert entry["pulses_per_sample"] > 0
        assert f"{entry['compiled_samples_per_second']:,.0f}" in shown
    low, high = sorted(digits["compiled_samples_per_second_by_epoch"])
    assert low <= digits["compiled_samples_per_second"] <= high
    assert digits["ratio"] > 5


def test_without_data_samples_stand_in(run, monkeypatch):
    monkeypatch.setattr(bench, "stand_in", lambda config: stand_in(config, train=60, test=10))
    status, shown, _ = run("bench", "small.toml", "--epochs", 1, "--samples", 9)
    assert status == 0
    assert "Measuring small on stand-in: 60 samples" in shown


def test_a_stand_in_is_as_sparse_as_mnist_and_can_be_learned():
    config = load_config("mnist-small")
    data = stand_in(config, train=600, test=300)
    assert 0.18 < np.count_nonzero(data.x_train) / data.x_train.size < 0.2
    engine = GoldenEngine(config)
    engine.train(data.x_train, data.y_train)
    assert engine.infer(data.x_test, data.y_test).errors.mean() < 0.2


def test_models_that_differ_end_with_a_message(run, monkeypatch):
    class Other(GoldenEngine):
        def load(self, state):
            state.plus[0][0, 0] ^= 1
            super().load(state)

    monkeypatch.setattr(bench, "GoldenEngine", Other)
    status, _, error = run("bench", "small.toml", "--data", "npz:small.npz", "--samples", 20)
    assert status == 1
    assert "the compiled model and the NumPy model differ" in error


def test_without_numba_there_is_nothing_to_measure(run, monkeypatch):
    def failing(config, *, warn):
        warn("the compiled model cannot be used (no numba)")

    monkeypatch.setattr(bench, "make_engine", failing)
    status, _, error = run("bench", "small.toml", "--data", "npz:small.npz")
    assert status == 1
    assert "the compiled model cannot be used (no numba)" in error


def test_a_configuration_that_does_not_exist_is_named(run):
    status, _, error = run("bench", "nothing.toml")
    assert status == 2
    assert "nothing.toml: no such configuration" in error


def test_compiling_is_timed_in_a_process_of_its_own():
    assert 0.5 < compile_seconds(small_config()) < 200


def test_speed_tells_how_many_times_as_fast():
    speed = Speed(epochs=(90.0, 110.0), compiled=99.0, numpy=33.0, numpy_samples=10, pulses=1.0,
                  accuracy=None, equal=True)
    assert speed.ratio == 3.0
