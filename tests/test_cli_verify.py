"""`verify` and `demo`: figures and exit status, with stand-ins for the simulated engine.

The stand-ins are golden models; the emitted engine itself meets the command in the last tests.
"""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from small import save_data, small_config, small_data

from pulsetrain.cli.images import image
from pulsetrain.data import load_data
from pulsetrain.golden import GoldenEngine
from pulsetrain.run import BackendStalledError
from pulsetrain.sim.runner import SimulationFailedError, SimulatorMissingError


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    """A folder with only a configuration, its data, and a generated folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    data = small_data(small_config())
    save_data(data, "small.npz")
    Path("engine").mkdir()
    Path("engine/config.json").write_text(small_config(
        training={"data": "npz:small.npz"}).model_dump_json())
    Path("engine/pulsetrain.v").write_text("// stand-in\n")


class StandIn(GoldenEngine):
    """A golden model in place of the simulated engine; `made` records how it was made."""

    made: tuple = ()

    def __init__(self, config, verilog, simulator, *, hostile_seed=None, wave=None):
        super().__init__(config, count_cycles=True)
        StandIn.made = (verilog, simulator)

    def reset(self):
        """A golden model has nothing to reset."""

    def registers(self):
        return {}

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


class OneStateWrong(StandIn):
    def train(self, x, labels):
        results = super().train(x, labels)
        if self._state.counters["samples"] > 12:
            self._state.plus[1][2, 1] ^= 1
        return results


class OneCycleMore(StandIn):
    def train(self, x, labels):
        results = super().train(x, labels)
        results.cycles[-1] += 1
        return results


class WrongAfterReset(StandIn):
    def registers(self):
        return {"gate": 255, "mode": None}


class DropsEvents(StandIn):
    def registers(self):
        return {"dropped": 3 if self._state.counters["samples"] else 0}


class Stalls(StandIn):
    def train(self, x, labels):
        raise BackendStalledError("no result within 1000 cycles", 0)


class WrongClass(StandIn):
    def infer(self, x, labels):
        results = super().infer(x, labels)
        results.classes[3] = (results.classes[3] + 1) % 10
        return results


@pytest.fixture
def stand_in(monkeypatch, generated_once):
    def use(engine):
        monkeypatch.setattr("pulsetrain.sim.verify.SimulatedEngine", engine)
    use(StandIn)
    return use


def test_equal_engines_end_with_success(run, stand_in):
    status, shown, _ = run("verify", "engine", "--samples", 57, "--every", 5, "--simulator",
                           "icarus", "--json", "a.json")
    assert status == 0
    assert "Equal" in shown
    figures = json.loads(Path("a.json").read_text())
    assert figures["simulator"] == "icarus"
    assert (figures["samples"], figures["mismatches"]) == (57, 0)
    assert figures["first_divergence"] is None
    assert figures["cycles_simulated"] == figures["cycles_predicted"] > 0
    assert figures["efficiency"] == figures["cycles_ideal"] / figures["cycles_simulated"]
    assert figures["states_compared"] == 13 * (2 * (7 * 5 + 6 * 3) + 5)
    assert StandIn.made == (Path("engine/pulsetrain.v"), "icarus")


def test_the_native_engine_is_one_of_the_simulators(run, monkeypatch):
    monkeypatch.setattr("pulsetrain.sim.verify.NativeEngine",
                        lambda config, verilog, wave: StandIn(config, verilog, "native"))
    status, shown, _ = run("verify", "engine", "--samples", 5, "--simulator", "native")
    assert status == 0
    assert "golden model and native in lockstep" in shown
    assert StandIn.made == (Path("engine/pulsetrain.v"), "native")


def test_a_netlist_replaces_the_verilog(run, stand_in, monkeypatch):
    monkeypatch.setattr("pulsetrain.sim.verify.make_netlist",
                        lambda verilog, family, folder: Path(f"{verilog} as {family}"))
    status, shown, _ = run("verify", "engine", "--samples", 5, "--simulator", "icarus",
                           "--netlist", "ice40", "--json", "a.json")
    assert status == 0
    assert "golden model and ice40 (icarus) in lockstep" in shown
    assert json.loads(Path("a.json").read_text())["netlist"] == "ice40"
    assert StandIn.made == (Path("engine/pulsetrain.v as ice40"), "icarus")


def test_amaranth_s_simulator_refuses_a_netlist(run, stand_in):
    Path("small.json").write_text(Path("engine/config.json").read_text())
    status, _, error = run("verify", "small.json", "--simulator", "amaranth", "--netlist", "ecp5")
    assert status == 2
    assert "--netlist cannot be simulated by Amaranth" in error


@pytest.mark.parametrize(("engine", "phase"), [
    (OneStateWrong, "update"), (OneCycleMore, "cycles"), (Stalls, "result"),
    (WrongAfterReset, "registers"), (DropsEvents, "registers")])
def test_a_difference_is_named_and_fails(run, stand_in, engine, phase):
    stand_in(engine)
    status, shown, error = run("verify", "engine", "--samples", 30, "--simulator", "icarus",
                               "--json", "a.json")
    assert status == 1
    assert "error: the simulated engine and the golden model differ" in error
    figures = json.loads(Path("a.json").read_text())
    found = figures["first_divergence"]
    assert figures["mismatches"] > 0
    assert found["phase"] == phase
    assert set(found) == {"sample", "phase", "layer", "index", "what", "expected", "got"}
    assert f"sample {found['sample']}, phase {phase}" in shown


@pytest.mark.parametrize(("engine", "message", "samples", "mismatches"), [
    (WrongAfterReset, "sample 0, phase registers, register 4: mode after reset: expected 0", 0, 2),
    (DropsEvents, "sample 29, phase registers, register 14: dropped at the end: expected 0, got 3",
     30, 1)])
def test_registers_are_compared_after_reset_and_at_the_end(run, stand_in, engine, message, samples,
                                                           mismatches):
    stand_in(engine)
    _, shown, _ = run("verify", "engine", "--samples", 30, "--simulator", "icarus",
                      "--json", "a.json")
    assert message in shown
    figures = json.loads(Path("a.json").read_text())
    assert (figures["samples"], figures["mismatches"]) == (samples, mismatches)


def test_it_begins_at_the_position_of_the_checkpoint(run, stand_in):
    common = ("--set", "update.pulse_decay=0.5")
    run("train", "engine", *common, "--epochs", 2, "--samples", 53, "--validation", 7,
        "--checkpoint", "part.npz")
    Path("engine/config.json").write_text(small_config(
        training={"data": "npz:small.npz"}, update={"pulse_decay": 0.5}).model_dump_json())
    seen = []

    class Noting(StandIn):
        def train(self, x, labels):
            seen.extend((self.gate, *row) for row in x.tolist())
            return super().train(x, labels)

    stand_in(Noting)
    status, _, _ = run("verify", "engine", "--samples", 20, "--checkpoint", "part.npz",
                       "--simulator", "icarus")
    assert status == 0
    data = small_data(small_config())
    order = np.random.default_rng([1, 1]).permutation(33)[20:]
    after = np.random.default_rng([1, 2]).permutation(33)[:7]
    assert seen == [(128, *data.x_train[index].tolist()) for index in order] + [
        (64, *data.x_train[index].tolist()) for index in after]


def test_a_checkpoint_of_other_data_is_refused(run, stand_in):
    run("train", "engine", "--samples", 33, "--checkpoint", "part.npz")
    np.savez("few.npz", **{name: array[:20] for name, array in np.load("small.npz").items()})
    results = [run(*command, "--data", "npz:few.npz") for command in (
        ("train", "engine", "--resume", "part.npz"),
        ("verify", "engine", "--checkpoint", "part.npz", "--simulator", "icarus"))]
    for status, _, error in results:
        assert status == 2
        assert error == ("error: npz:few.npz: has 20 samples to train on, but the run has visited "
                         "33 of its epoch already: it used other data\n")


@pytest.mark.parametrize(("error", "status"), [
    (SimulatorMissingError("icarus needs iverilog: run `make simulators`"), 2),
    (SimulationFailedError("icarus cannot build 'pulsetrain'"), 1)])
def test_a_simulator_that_cannot_run_is_one_message(run, stand_in, error, status):
    def fail(config, verilog, simulator, **settings):
        raise error

    stand_in(fail)
    got, _, shown = run("verify", "engine", "--simulator", "icarus", "--json", "a.json")
    assert got == status
    assert shown == f"error: {error}\n"
    assert not Path("a.json").exists()


@pytest.mark.parametrize("option", [("--lanes", 4), ("--set", "seed=2")])
def test_a_generated_folder_is_verified_as_it_is(run, stand_in, option):
    status, _, error = run("verify", "engine", *option)
    assert status == 2
    assert "is a generated folder, which --lanes and --set cannot change" in error


def test_amaranth_s_simulator_refuses_verilog(run, stand_in):
    status, _, error = run("verify", "engine", "--simulator", "amaranth")
    assert status == 2
    assert "Amaranth's simulator cannot read Verilog" in error


def test_amaranth_s_simulator_refuses_cells_of_a_device(run, stand_in):
    Path("small.json").write_text(Path("engine/config.json").read_text())
    status, _, error = run("verify", "small.json", "--set", "engine.memory=spram",
                           "--simulator", "amaranth")
    assert status == 2
    assert "no model of the cells that engine.memory = \"spram\" needs" in error


@pytest.mark.parametrize(("found", "expected"), [("11.0", "icarus"), (None, "amaranth")])
def test_auto_takes_icarus_or_else_amaranth(run, stand_in, monkeypatch, found, expected):
    monkeypatch.setattr("pulsetrain.sim.runner.version", lambda name: found)
    Path("small.json").write_text(Path("engine/config.json").read_text())
    status, shown, _ = run("verify", "small.json", "--samples", 5)
    assert status == 0
    assert StandIn.made[1] == expected
    assert ("Icarus Verilog is not installed" in shown) is (expected == "amaranth")


# Demo -------------------------------------------------------------------------------------------


def test_demo_shows_one_screen(run, stand_in):
    status, shown, _ = run("demo", "--simulator", "icarus", "--json", "a.json")
    assert status == 0
    assert len(shown.splitlines()) <= 35
    figures = json.loads(Path("a.json").read_text())
    assert figures["accuracy"] >= 0.965
    assert figures["samples"] >= 60
    assert (figures["mismatches"], figures["test_images_differing"]) == (0, 0)
    assert figures["test_images"] == 40
    for words in ("Trained", "Generated", "Simulated", "Loaded", "Equal"):
        assert words in shown
    steps = shown.partition("\nNext:\n")[2].splitlines()
    assert [line.split("  ")[0] for line in steps if line.startswith("pulsetrain")] == [
        "pulsetrain train digits --run first", "pulsetrain devices",
        "pulsetrain generate digits -o engine"]


def without_times(text: str) -> list[str]:
    """The words of `text`, without seconds and rules: lines depend on the width of the terminal."""
    return [word for line in text.splitlines() if "│ seconds" not in line
            for word in re.split(r"[\s─┌┐└┘┬┴]+", line) if word]


def test_the_readme_shows_what_the_demo_prints(run, stand_in):
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    kept, = re.findall(r"```\n(─+ Pulsetrain.*?)```", readme, re.DOTALL)
    _, shown, _ = run("demo", "--simulator", "icarus")
    assert without_times(shown) == without_times(kept)
    assert len(readme.splitlines()) < 180


def test_demo_draws_digits_with_their_classes(run, stand_in):
    _, shown, _ = run("demo", "--simulator", "icarus")
    lines = shown.splitlines()
    row = next(index for index, line in enumerate(lines) if line.startswith("a "))
    data = load_data("digits")
    chosen = [0, 1, 3, 5]  # the first images of four classes
    assert data.y_test[:6].tolist() == [0, 8, 8, 9, 8, 3]
    assert re.findall(r"a (\d)", lines[row]) == ["0", "8", "9", "3"]
    for index, pixels in enumerate(data.x_test[chosen].reshape(4, 8, 8)):
        for number, line in enumerate(lines[row - 4:row]):
            drawn = line[9 * index:9 * index + 8].ljust(8)
            for column, character in enumerate(drawn):
                upper, lower = pixels[2 * number:2 * number + 2, column] / 255 > 0.35
                assert character == " ▄▀█"[2 * upper + lower]


def test_an_image_has_colours_for_both_signs():
    values = np.array([[1.0, 0.5], [-1.0, 0.0]])
    text = image(values, coloured=True)
    assert text.plain == "▀▀"
    assert [str(span.style) for span in text.spans] == [
        "#ff2020 on #2020ff", "#7f2020 on #202000"]
    assert str(image(abs(values), coloured=True).spans[0].style) == "#ffffff on #ffffff"


@pytest.mark.parametrize("engine", [OneStateWrong, WrongClass])
def test_demo_fails_if_anything_differs(run, stand_in, engine):
    stand_in(engine)
    status, shown, error = run("demo", "--simulator", "icarus")
    assert status == 1
    assert "differ" in error
    assert "exactly as the golden model" not in shown


# The engine itself ------------------------------------------------------------------------------


@pytest.mark.parametrize("simulator", ["icarus", "verilator", "amaranth"])
def test_the_generated_engine_is_the_golden_model(run, simulator):
    Path("small.json").write_text(Path("engine/config.json").read_text())
    status, shown, error = run("verify", "small.json", "--samples", 25, "--simulator", simulator,
                               "--json", "a.json")
    assert status == 0, shown + error
    figures = json.loads(Path("a.json").read_text())
    assert (figures["samples"], figures["mismatches"]) == (25, 0)
    assert figures["cycles_simulated"] == figures["cycles_predicted"] > 0


@pytest.mark.parametrize("simulator", ["icarus", "verilator"])
def test_verilog_that_does_not_compile_is_named(run, simulator):
    Path("engine/pulsetrain.v").write_text("module pulsetrain (;\nendmodule\n")
    status, _, error = run("verify", "engine", "--simulator", simulator)
    assert status == 1
    assert error.startswith(f"error: {simulator} cannot build engine/pulsetrain.v\n")
    assert "build.log" not in error
