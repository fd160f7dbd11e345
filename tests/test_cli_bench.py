"""`train --engine` and `bench`: both models learn the same bits, and are measured in one run."""

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from small import save_data, small_config, small_data
from traps import set_traps

from pulsetrain import bench
from pulsetrain.bench import Speed, compile_seconds, multiply_adds, stand_in
from pulsetrain.device import engine_digest
from pulsetrain.golden import GoldenEngine
from pulsetrain.sim.runner import SimulatorMissingError
from pulsetrain.sim.speed import SIMULATORS
from pulsetrain.spec import load_config

TRAIN = ("train", "small.toml", "--data", "npz:small.npz", "--epochs", "2")


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    """A folder with only a configuration and its data; nothing is compiled again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(bench, "compile_seconds", lambda config: 1.25)
    data = small_data(small_config())
    save_data(data, "small.npz")
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


def test_each_engine_resumes_the_other(run):
    run(*TRAIN, "--checkpoint", "whole.npz")
    run(*TRAIN, "--engine", "numpy", "--samples", "50", "--checkpoint", "part.npz")
    status, _, _ = run(*TRAIN, "--resume", "part.npz", "--checkpoint", "part.npz")
    assert status == 0
    assert Path("part.npz").read_bytes() == Path("whole.npz").read_bytes()


def test_the_numpy_engine_replaces_the_compiled_one_with_a_warning(run, monkeypatch):
    run(*TRAIN, "--json", "expected.json")
    for name in ("engine", "kernels", "jit"):
        monkeypatch.delitem(sys.modules, f"pulsetrain.compiled.{name}", raising=False)
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


class StandIn(GoldenEngine):
    """A golden model in place of a simulated engine; `made` lists the simulators."""

    made: ClassVar[list[str]] = []

    def __init__(self, config, simulator):
        super().__init__(config, count_cycles=True)
        self.made.append(simulator)


@pytest.fixture
def stand_in_engine(monkeypatch, generated_once):
    """Replace all simulators by stand-ins of one class, which do not read the Verilog."""
    def use(engine):
        StandIn.made.clear()

        @contextmanager
        def simulated(config, simulator, verilog):
            assert verilog.is_file()
            yield engine(config, simulator)

        monkeypatch.setattr("pulsetrain.sim.speed.simulated", simulated)
    use(StandIn)
    return use


def test_everything_is_measured_side_by_side(run, stand_in_engine):
    status, shown, _ = run("bench", "small.toml", "digits", "--data", "npz:small.npz", "--samples",
                           20, "--epochs", 2, "--json", "speed.json")
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
        assert entry["numpy_samples"] == entry["cycles_samples"] == 20
        assert len(entry["compiled_samples_per_second_by_epoch"]) == 2
        assert entry["ratio"] == pytest.approx(
            entry["compiled_samples_per_second"] / entry["numpy_samples_per_second"])
        assert entry["int16_share"] == pytest.approx(
            entry["compiled_samples_per_second"] * entry["multiply_adds_per_sample"]
            / entry["int16_peak"])
        assert 0 < entry["int16_share"] < 1
        assert 0 < entry["int16_share_of_inference"] < 1
        assert f"{100 * entry['int16_share_of_inference']:.2f} %" in shown
        assert 0 < entry["accuracy"] <= 1
        assert entry["pulses_per_sample"] > 0
        assert f"{entry['compiled_samples_per_second']:,.0f}" in shown
        assert entry["cycles_simulated"] == entry["cycles_predicted"] > entry["cycles_ideal"] > 0
        assert entry["efficiency"] == entry["cycles_ideal"] / entry["cycles_simulated"]
        assert f"{100 * entry['efficiency']:.2f} %" in shown
        clock, = entry["clocks"]
        cycles = entry["cycles_simulated"] / 20
        assert (clock["build"], clock["mhz"]) == (None, 100.0)
        assert clock["epoch_seconds"] == pytest.approx(60_000 * cycles / 100e6)
        assert clock["samples_per_second"] == pytest.approx(100e6 / cycles)
    assert "assumed" in shown
    assert [entry["simulator"] for entry in small["simulators"]] == list(SIMULATORS)
    assert [entry["simulator"] for entry in digits["simulators"]] == ["native"]
    assert StandIn.made == [*SIMULATORS, "native"]
    for entry in small["simulators"]:
        assert 0 < entry["samples"] <= 20
        assert entry["samples_per_second"] == entry["samples"] / entry["seconds"]
        assert entry["cycles_per_second"] > entry["samples_per_second"]
    low, high = sorted(digits["compiled_samples_per_second_by_epoch"])
    assert low <= digits["compiled_samples_per_second"] <= high
    assert digits["ratio"] > 5


def test_a_simulator_that_is_missing_is_left_out(run, stand_in_engine):
    class NoIcarus(StandIn):
        def __init__(self, config, simulator):
            if simulator == "icarus":
                raise SimulatorMissingError("icarus needs iverilog")
            super().__init__(config, simulator)

    stand_in_engine(NoIcarus)
    status, shown, _ = run("bench", "small.toml", "--data", "npz:small.npz", "--json", "-")
    assert status == 0
    assert '"simulator": "verilator"' in shown
    assert '"simulator": "icarus"' not in shown


def test_different_cycles_end_with_a_message(run, stand_in_engine):
    class OneCycleMore(StandIn):
        def train(self, x, labels):
            results = super().train(x, labels)
            results.cycles[-1] += 1
            return results

    stand_in_engine(OneCycleMore)
    status, shown, error = run("bench", "small.toml", "--data", "npz:small.npz")
    assert status == 1
    assert "small: the simulated engine and the golden model differ: sample" in error
    assert "phase cycles" in error
    assert "efficiency" in shown


def write_build(folder, digest, **clocks):
    Path(folder).mkdir()
    Path(folder, "report.json").write_text(json.dumps({
        "digest": digest,
        "clocks": {name: {"target_mhz": 50.0, "achieved_mhz": reached}
                   for name, reached in clocks.items()}}))


def test_builds_give_their_slowest_clock(run, stand_in_engine):
    digest = engine_digest(load_config("small.toml"))
    write_build("one", digest, clk=80.0)
    write_build("two", digest, clk=75.0, link=60.0)
    status, shown, _ = run("bench", "small.toml", "digits", "--data", "npz:small.npz",
                           "--build", "one", "--build", "two", "--json", "a.json")
    assert status == 0
    small, digits = json.loads(Path("a.json").read_text())["configurations"]
    assert [(clock["build"], clock["mhz"]) for clock in small["clocks"]] == [
        ("one", 80.0), ("two", 60.0)]
    assert [(clock["build"], clock["mhz"]) for clock in digits["clocks"]] == [(None, 100.0)]
    rate = small["clocks"][1]["samples_per_second"]
    assert rate == pytest.approx(60e6 * 500 / small["cycles_simulated"] * small["cycles_samples"]
                                 / 500)
    assert f"{rate:,.0f}" in shown


def test_figures_do_not_replace_the_report_of_a_build(run, stand_in_engine):
    write_build("built", engine_digest(load_config("small.toml")), clk=80.0)
    report = Path("built/report.json").read_bytes()
    arguments = ("bench", "small.toml", "--data", "npz:small.npz", "--build", "built", "--json")
    status, shown, error = run(*arguments, "built/report.json")
    assert status == 2
    assert "built/report.json: cannot be written by --json: it would replace an input" in error
    assert "Measuring" not in shown
    assert run(*arguments, "built/speed.json")[0] == 0
    clock, = json.loads(Path("built/speed.json").read_text())["configurations"][0]["clocks"]
    assert (clock["build"], clock["mhz"]) == ("built", 80.0)
    assert Path("built/report.json").read_bytes() == report


def test_a_build_of_another_engine_is_refused(run):
    write_build("other", "0123456789abcdef", clk=80.0)
    write_build("none", "0123456789abcdef")
    Path("empty").mkdir()
    for folder, message in (
            ("other", "other: is a build of another engine, not of small: its digest is 01234"),
            ("none", "none: its report contains no clock; build it again"),
            ("empty", "empty: the folder holds no report.json")):
        status, _, error = run("bench", "small.toml", "--build", folder)
        assert status == 2
        assert message in error


def test_every_simulator_runs_the_generated_engine_among_hostile_modules(run, monkeypatch):
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    set_traps(Path())
    status, shown, error = run("bench", "small.toml", "--data", "npz:small.npz", "--samples", 30,
                               "--seconds", 0.01, "--json", "a.json")
    assert status == 0, shown + error
    entry, = json.loads(Path("a.json").read_text())["configurations"]
    assert entry["equal"] is True
    assert [found["simulator"] for found in entry["simulators"]] == list(SIMULATORS)
    assert all(found["cycles_per_second"] > 10 for found in entry["simulators"])


def test_without_data_synthetic_samples_are_used(run, monkeypatch, stand_in_engine):
    monkeypatch.setattr(bench, "stand_in", lambda config: stand_in(config, train=60, test=10))
    status, shown, _ = run("bench", "small.toml", "--epochs", 1, "--samples", 9)
    assert status == 0
    assert "Measuring small on stand-in: 60 samples" in shown


def test_synthetic_samples_are_as_sparse_as_mnist_and_can_be_learned():
    config = load_config("mnist-small")
    data = stand_in(config, train=600, test=300)
    assert 0.18 < np.count_nonzero(data.x_train) / data.x_train.size < 0.2
    engine = GoldenEngine(config)
    engine.train(data.x_train, data.y_train)
    assert engine.infer(data.x_test, data.y_test).errors.mean() < 0.2


def test_different_models_end_with_a_message(run, monkeypatch, stand_in_engine):
    class Other(GoldenEngine):
        def load(self, state):
            other = state.copy()
            other.plus[0][0, 0] ^= 1
            super().load(other)

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


def test_compiling_is_timed_in_a_separate_process(monkeypatch):
    monkeypatch.setenv("NUMBA_OPT", "0")  # compiles sooner what is not used
    set_traps(Path())
    assert 0.5 < compile_seconds(small_config()) < 200


def test_speed_shows_ratios():
    speed = Speed(epochs=(90.0, 110.0), compiled=99.0, numpy=33.0, numpy_samples=10, pulses=1.0,
                  accuracy=None, equal=True, inference=200.0, products=5.0, peak=10_000.0)
    assert speed.ratio == 3.0
    assert speed.share == pytest.approx(0.0495)
    assert speed.inference_share == 0.1


def test_products_of_a_forward_pass_skip_inputs_that_are_0():
    config = small_config(network={"hidden": []})
    engine, x = GoldenEngine(config), np.zeros((2, 6), np.uint8)
    x[0, :2] = 255
    assert multiply_adds(engine, x) == (3 + 1) / 2 * 3  # with the bias line
