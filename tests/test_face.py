"""The public face: every name as a user types it, what it accepts, and the cost of importing it."""

import ast
import doctest
import inspect
import json
import resource
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from small import save_small, small_config, small_data

import pulsetrain
from pulsetrain.extras import MODULES
from pulsetrain.golden import GoldenEngine
from pulsetrain.run import CheckpointError, HistoryError
from pulsetrain.run.divergence import state_differences

PUBLIC = sorted(set(pulsetrain.__all__) - {"__version__"})
EXAMPLES = ("device", "estimation", "hardware", "inputs", "trainer", "training", "tuning",
            "verification", "weights")
"""Modules of the face whose docstrings have examples."""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Every test works in a folder with `small.toml` and `small.npz`."""
    save_small(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def data():
    return small_data(small_config())


def cpu_seconds(*arguments):
    """CPU seconds of a Python process with `arguments`, the lower of two runs."""
    def once():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return min(once(), once())


# The names --------------------------------------------------------------------------------------


def test_every_name_exists_and_is_documented():
    assert dir(pulsetrain) == sorted(pulsetrain.__all__)
    for name in PUBLIC:
        assert len(inspect.getdoc(getattr(pulsetrain, name))) > 80, name
        assert f"`{name}`" in pulsetrain.__doc__
    with pytest.raises(AttributeError, match="module 'pulsetrain' has no attribute 'training'"):
        _ = pulsetrain.training


def test_no_module_has_the_name_of_a_public_one():
    for name in PUBLIC:
        with pytest.raises(ModuleNotFoundError):
            import_module(f"pulsetrain.{name}")


def test_type_checkers_see_the_same_names():
    tree = ast.parse(Path(pulsetrain.__file__).read_text())
    guard, = (node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name: node.module for node in guard.body for alias in node.names}
    assert seen == pulsetrain._MODULES
    assert sorted(seen) == PUBLIC


def test_signatures_are_typed():
    for name in ("build", "estimate", "export_weights", "generate", "import_weights",
                 "load_config", "load_data", "train", "tune", "verify"):
        signature = inspect.signature(getattr(pulsetrain, name))
        assert signature.return_annotation is not inspect.Signature.empty
        for parameter in signature.parameters.values():
            assert parameter.annotation is not inspect.Parameter.empty, (name, parameter)


def test_importing_is_cheap():
    assert cpu_seconds("-c", "import pulsetrain") - cpu_seconds("-c", "pass") < 0.1
    assert cpu_seconds("-m", "pulsetrain.cli", "--version") < 0.5


@pytest.mark.parametrize("module", EXAMPLES)
def test_examples_run_as_they_are_written(monkeypatch, module):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")  # only one worker process loads numba
    ran = doctest.testmod(import_module(f"pulsetrain.face.{module}"))
    assert ran.attempted > 0
    assert ran.failed == 0


# What the names take ----------------------------------------------------------------------------


def test_a_configuration_in_every_form():
    config = small_config()
    assert pulsetrain.load_config("small.toml") == config
    assert pulsetrain.load_config(Path("small.toml")) == config
    assert pulsetrain.load_config(config) is config
    for settings in ({"engine.lanes": 4}, ["engine.lanes=4"], [("engine.lanes", 4)]):
        for source in (config, "small.toml"):
            changed = pulsetrain.load_config(source, settings=settings)
            assert changed == small_config(engine={"lanes": 4})
    with pytest.raises(pulsetrain.PulsetrainError, match=r"small: engine\.lanes: must be "):
        pulsetrain.load_config(config, settings={"engine.lanes": 257})


def test_data_in_every_form(data):
    four = data.x_train, data.y_train, data.x_test, data.y_test
    names = ("x_train", "y_train", "x_test", "y_test")
    for source in ("npz:small.npz", data, four, dict(zip(names, four, strict=True))):
        found = pulsetrain.load_data(source)
        for name, array in zip(names, four, strict=True):
            assert np.array_equal(getattr(found, name), array)
    x, labels = np.zeros((3, 2, 3), np.uint8), np.array([0, 1, 2], np.uint8)
    found = pulsetrain.load_data((x, labels), name="mine")
    assert (found.name, found.x_train.shape, len(found.x_test)) == ("mine", (3, 6), 0)
    x[0] = 1
    assert found.x_train.max() == 0


@pytest.mark.parametrize(("source", "message"), [
    ((np.zeros((3, 6)), np.arange(3)), "samples: x_train must be uint8 of shape .*, not float64"),
    ((np.zeros((3, 6), np.uint8), np.zeros(3)), "samples: y_train must be integers of shape"),
    ((np.zeros((3, 6), np.uint8), np.arange(2)), "samples: 3 images but 2 labels to train"),
    ((np.zeros((3, 6), np.uint8),), "data must be the name of a data set, .* not a 'tuple'"),
    ({"x_train": [[1]]}, "data must be the name of a data set, .* not a 'dict'"),
    (None, "data must be the name of a data set, .* not a 'NoneType'")])
def test_unsuitable_arrays_are_refused(source, message):
    with pytest.raises(pulsetrain.PulsetrainError, match=message):
        pulsetrain.load_data(source)


# Training ---------------------------------------------------------------------------------------


def golden(data, epochs):
    """The golden model after `epochs` epochs."""
    config = small_config()
    engine = GoldenEngine(config)
    for epoch in range(epochs):
        order = np.random.default_rng([config.seed, epoch]).permutation(len(data.x_train))
        engine.train(data.x_train[order], data.y_train[order])
    return engine


def same(state, engine):
    return not any(state_differences(0, engine.read(), state))


def test_train_gives_the_golden_model_s_state_and_figures(data):
    history = pulsetrain.train("small.toml", data, epochs=3)
    engine = golden(data, 3)
    assert same(history.state, engine)
    assert history.epoch.tolist() == [1, 2, 3]
    counters = engine.read().counters
    assert [history.samples.sum(), history.errors.sum(), history.pulses.sum(),
            history.refreshes.sum()] == [counters[name] for name in (
                "samples", "errors", "pulses", "refreshes")]
    share = (~engine.infer(data.x_test, data.y_test).errors).mean()
    assert history.accuracy[-1] == share
    assert np.trace(history.confusion) / history.confusion.sum() == share
    assert np.isnan(history.validation_accuracy).all()
    assert f"3 epochs, test accuracy {share:.2%}" in repr(history)


@pytest.mark.parametrize("saved", [False, True])
def test_a_continued_history_equals_an_uninterrupted_one(run, data, saved):
    part = pulsetrain.train("small.toml", "npz:small.npz", epochs=3, samples=50)
    assert part.samples.tolist() == [40, 10]
    part.save("deep/run")
    whole = pulsetrain.train("small.toml", "npz:small.npz", epochs=3,
                             resume="deep/run" if saved else part)
    assert same(whole.state, golden(data, 3))
    assert whole.samples.tolist() == [40, 40, 40]
    whole.save("deep/run")
    assert run("train", "small.toml", "--data", "npz:small.npz", "--epochs", 3, "--run",
               "b")[0] == 0
    for name in ("checkpoint.npz", "history.json"):
        assert Path("deep/run", name).read_bytes() == Path("b", name).read_bytes()
    assert run("report", "deep/run")[0] == 0


def test_unsuitable_continuations_are_refused(data):
    history = pulsetrain.train("small.toml", data, epochs=1, validation=5)
    with pytest.raises(CheckpointError, match=r"starting state: was made .* differ in seed"):
        pulsetrain.train(small_config(seed=2), data, resume=history)
    with pytest.raises(CheckpointError, match="cannot become 6"):
        pulsetrain.train("small.toml", data, resume=history, validation=6)
    with pytest.raises(CheckpointError, match=r"none\.npz: there is no such checkpoint"):
        pulsetrain.train("small.toml", data, resume="none.npz")
    history.save("run")
    Path("run/history.json").write_text("{}")
    with pytest.raises(HistoryError, match=r"history\.json: is not a history"):
        pulsetrain.train("small.toml", data, resume="run")


def test_a_history_is_drawn_and_shown_by_notebooks(data):
    history = pulsetrain.train("small.toml", data, epochs=2, validation=5)
    for image, start in (("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")):
        history.plot(f"curve.{image}")
        assert Path(f"curve.{image}").read_bytes().startswith(start)
    assert "<svg" in history.plot()._repr_svg_()
    with pytest.raises(pulsetrain.PulsetrainError, match=r"must be a file that ends in \.png, "):
        history.plot("curve.gif")
    with pytest.raises(pulsetrain.PulsetrainError, match="at least one epoch"):
        pulsetrain.train("small.toml", data, epochs=0).plot("curve.png")


@pytest.mark.parametrize("on", ["compiled", "numpy", "amaranth", "icarus", "virtual"])
def test_a_trainer_learns_the_same_bits_on_any_backend(data, on):
    seen = []
    with pulsetrain.Trainer("small.toml", on) as trainer:
        history = trainer.fit(data.x_train, data.y_train,
                              progress=lambda epoch, position: seen.append(position))
        assert same(history.state, golden(data, 1))
        assert trainer.predict(data.x_test).tolist() == golden(data, 1).infer(
            data.x_test, data.y_test).classes.tolist()
        assert (trainer.board is not None) is (trainer.link is not None) is (on == "virtual")
    assert seen[-1] == 40
    assert np.isnan(history.device_pulses).all() == (on not in ("compiled", "numpy"))


def test_a_trainer_takes_any_backend_and_begins_anywhere(data):
    config = small_config()
    first = pulsetrain.train(config, data, epochs=1)
    with pulsetrain.Trainer(config, GoldenEngine(config), start=first,
                            reference=GoldenEngine(config)) as trainer:
        assert (trainer.epoch, trainer.position) == (1, 0)
        second = trainer.fit(data)
        assert same(second.state, golden(data, 2))
        assert second.epoch.tolist() == [1, 2]
        assert trainer.checked.mismatches == 0
        trainer.resume(first)
        assert same(trainer.backend.read(), golden(data, 1))
        assert trainer.fit((data.x_train[:9], data.y_train[:9])).samples.tolist() == [9]
        assert trainer.predict(data.x_test[:0]).tolist() == []
        with pytest.raises(pulsetrain.PulsetrainError, match="samples have 5 inputs"):
            trainer.predict(data.x_test[:, :5])


# Hardware ---------------------------------------------------------------------------------------


def test_a_generated_folder_is_verified_as_it_is(data):
    manifest = pulsetrain.generate(small_config(), "engine", "reader")
    assert (manifest["top"], manifest["memory_map"]["lanes"]) == ("reader", 2)
    history = pulsetrain.train("engine", data, epochs=1)
    history.save("run")
    report = pulsetrain.verify("engine", data, samples=12, every=6, simulator="icarus",
                               checkpoint="run/checkpoint.npz")
    assert (report.equal, report.samples) == (True, 12)
    verilog = Path("engine/reader.v")
    verilog.write_text(verilog.read_text().replace(" assign ", " assignment ", 1))
    with pytest.raises(pulsetrain.PulsetrainError, match="icarus cannot build engine/reader"):
        pulsetrain.verify("engine", data, samples=1, simulator="icarus")
    for text in ('{"top": 3}', '{"top": "../up"}', "[]", "{"):
        Path("engine/manifest.json").write_text(text)
        with pytest.raises(pulsetrain.PulsetrainError, match="must be the manifest of an engine"):
            pulsetrain.verify("engine", data, samples=1, simulator="icarus")


@pytest.mark.parametrize(("arguments", "message"), [
    ({"simulator": "modelsim"}, "--simulator must be one of auto, icarus, "),
    ({"netlist": "ecp6"}, "--netlist must be one of "),
    ({"samples": 0}, "samples must be at least 1, not 0"),
    ({"wave": "a.vcd"}, "--wave needs --simulator native or icarus, not amaranth"),
    ({"wave": "a.ghw"}, "--wave: the waveform file must end in .vcd or .fst"),
    ({"wave": "a.vcd", "wave_samples": (3, 7), "simulator": "icarus", "samples": 5},
     r"LAST < --samples \(5\), not '3:7'")])
def test_an_impossible_comparison_is_refused(data, arguments, message):
    with pytest.raises(pulsetrain.PulsetrainError, match=message):
        pulsetrain.verify("small.toml", data, **{"simulator": "amaranth", **arguments})


@pytest.mark.parametrize(("arguments", "message"), [
    ({"board": "ulx4s"}, "--board must be one of arty-a7-35, "),
    ({"part": "ecp5"}, "--part must be one of ecp5-25f, "),
    ({"board": "icebreaker", "part": "ecp5-25f"}, "give --board or --part, not both"),
    ({"clock": float("nan")}, "--clock must be above 0 MHz"),
    ({"seeds": 0}, "seeds must be at least 1, not 0"),
    ({"board": "icebreaker", "clock": 1e4}, "--clock")])
def test_an_impossible_build_is_refused(arguments, message):
    with pytest.raises(pulsetrain.PulsetrainError, match=message):
        pulsetrain.build("small.toml", "build", **arguments)
    assert not Path("build").exists()


def test_auto_takes_the_lanes_that_a_board_has_room_for():
    assert pulsetrain.estimate("digits", board="icebreaker", lanes="auto").config.engine.lanes == 4
    many = pulsetrain.estimate("digits", board="icebreaker", lanes=32)
    assert not many.fits
    assert many.resources["dsp"] == (32, 8)


# Extras -----------------------------------------------------------------------------------------

WITHOUT = """
import contextlib, io, json, os, sys, traceback
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[1].split(","):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocked())
from pulsetrain.cli import main
for arguments in (["devices"], *([name, "nowhere"] for name in ("train", "verify", "estimate"))):
    with (contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()),
          contextlib.redirect_stderr(io.StringIO())):
        main(arguments)  # it loads what many commands need
for line in sys.stdin:
    folder, *arguments = json.loads(line)
    child = os.fork()
    if not child:
        os.chdir(folder)
        for number, name in ((0, "/dev/null"), (1, "stdout"), (2, "stderr")):
            os.dup2(os.open(name, os.O_RDWR | os.O_CREAT), number)
        status = 3
        try:
            main(arguments)
        except SystemExit as ended:
            status = ended.code or 0
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
OPTIONAL = {name for names in MODULES.values() for name in names} - {"jinja2"} | {"dask"}
"""Modules that a child process cannot import: all of the extras that the core does not need too."""


@pytest.fixture(scope="module")
def without_extras():
    """Run the command in a child of a process that has loaded it, where it cannot import the
    modules of extras: (status, standard error)."""
    with subprocess.Popen([sys.executable, "-P", "-c", WITHOUT, ",".join(OPTIONAL)], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        def run(folder, *arguments):
            server.stdin.write(json.dumps([str(folder), *map(str, arguments)]) + "\n")
            server.stdin.flush()
            return int(server.stdout.readline()), (folder / "stderr").read_text()

        yield run
        server.stdin.close()


@pytest.mark.parametrize("arguments", [
    ("train", "small.toml", "--data", "npz:small.npz", "--epochs", 2, "--run", "a"),
    ("sweep", "sweep.toml"),
    ("generate", "small.toml", "-o", "engine"),
    ("verify", "small.toml", "--data", "npz:small.npz", "--samples", 2, "--simulator", "icarus"),
    ("verify", "small.toml", "--data", "npz:small.npz", "--samples", 2, "--simulator",
     "amaranth"),
    ("estimate", "small.toml", "--board", "icebreaker"),
    ("devices",),
    ("devices", "show", "hzo-fefet"),
    ("doctor",),
    ("demo", "--help"), ("program", "--help"), ("bench", "--help")],
    ids=lambda arguments: " ".join(map(str, arguments)))
def test_the_core_needs_no_extra(folder, without_extras, arguments):
    (folder / "sweep.toml").write_text(
        'name = "study"\nconfig = "small.toml"\ndata = "npz:small.npz"\nepochs = 1\nseeds = [1]\n')
    assert without_extras(folder, *arguments) == (0, "")


@pytest.mark.parametrize(("arguments", "extra"), [
    (("report", "run"), "report"),
    (("devices", "show", "hzo-fefet", "--plot", "a.png"), "report"),
    (("sweep", "sweep.toml", "--scheduler", "tcp://localhost:1"), "sweep"),
    (("build", "small.toml", "--part", "ecp5-25f", "-o", "build"), "fpga"),
    (("build", "small.toml", "--board", "icebreaker", "-o", "build"), "fpga"),
    (("area", "digits", "--part", "ecp5-85f"), "fpga"),
    (("verify", "small.toml", "--data", "npz:small.npz", "--netlist", "ice40", "--simulator",
      "icarus"), "fpga"),
    (("verify", "small.toml", "--data", "npz:small.npz", "--simulator", "native"), "sim"),
    (("verify", "small.toml", "--data", "npz:small.npz", "--simulator", "verilator"), "sim"),
    (("board", "small.toml", "--virtual"), "sim"),
    (("bench", "small.toml"), "sim")],
    ids=lambda value: value if isinstance(value, str) else " ".join(map(str, value)))
def test_a_missing_extra_is_one_line_that_says_what_to_install(folder, without_extras, arguments,
                                                                extra):
    (folder / "sweep.toml").write_text(
        'name = "study"\nconfig = "small.toml"\ndata = "npz:small.npz"\nepochs = 1\nseeds = [1]\n')
    (folder / "run").mkdir()
    status, error = without_extras(folder, *arguments)
    assert status in (1, 2)
    assert f"pip install 'pulsetrain[{extra}]'" in error
    assert error.startswith("error: ")
    assert error.count("\n") == 1
