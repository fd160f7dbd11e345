"""The command as a user types it: what it writes, what it refuses, and how it ends."""

import json
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from small import save_small, small_config, small_data

from pulsetrain import __version__
from pulsetrain.device import engine_digest, learning_digest
from pulsetrain.golden import GoldenEngine, initial_state
from pulsetrain.run import read_checkpoint, run_training
from pulsetrain.run.divergence import state_differences
from pulsetrain.spec import load_config

COMMAND = [sys.executable, "-m", "pulsetrain.cli"]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    """Every test works in an empty folder, on a wide terminal without colours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def small(tmp_path):
    """A configuration file, and its data set as an `npz:` name."""
    save_small(tmp_path)
    assert load_config("small.toml") == small_config()
    return "small.toml", "npz:small.npz"


def files():
    return sorted(path.name for path in Path.cwd().rglob("*"))


def test_version_and_help(run):
    assert run("--version")[:2] == (0, f"pulsetrain {__version__}\n")
    status, shown, _ = run("--help")
    assert status == 0
    for command in ("demo", "train", "sweep", "generate", "verify", "estimate", "run", "program",
                    "doctor"):
        assert command in shown
        status, help_text, _ = run(command, "--help")
        assert status == 0
        assert "--json" in help_text
        if command not in ("demo", "doctor"):
            assert f"pulsetrain {command} " in help_text


def test_the_command_can_be_run_as_a_module(tmp_path):
    shown = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True,
                           check=True)
    assert shown.stdout == f"pulsetrain {__version__}\n"


# Training ---------------------------------------------------------------------------------------


def test_train_writes_its_figures(run, small):
    config, data = small
    status, shown, _ = run("train", config, "--data", data, "--epochs", 3, "--validation", 10,
                           "--json", "a.json")
    assert status == 0
    figures = json.loads(Path("a.json").read_text())
    engine = GoldenEngine(small_config())
    summary = run_training(engine, small_data(small_config()), epochs=3, validation=10)
    assert figures["accuracy"] == [result.accuracy for result in summary.epochs]
    assert figures["validation_accuracy"] == [
        result.validation_accuracy for result in summary.epochs]
    for name in ("pulses", "refreshes"):
        assert figures[name] == [getattr(result, name) for result in summary.epochs]
        assert sum(figures[name]) == engine.read().counters[name]
    assert figures["synapses_pulsed"] == figures["pulses"]
    assert figures["pairs_refreshed"] == figures["refreshes"]
    for name, count in engine.device_pulses().items():
        assert figures[name] == [getattr(result, name) for result in summary.epochs]
        assert sum(figures[name]) == count
    assert sum(figures["device_pulses"]) == sum(engine.device_pulses().values())
    assert sum(figures["training_errors"]) == engine.read().counters["errors"]
    assert figures["samples_per_second"] > 0
    assert (figures["epochs"], figures["samples"]) == (3, 90)
    assert figures["digest"] == learning_digest(small_config())
    assert "30 samples to train, 10 held out, 12 to test" in shown


@pytest.mark.parametrize("method", ["unidirectional", "bidirectional"])
def test_the_table_of_epochs_names_its_counts_in_80_columns(run, small, monkeypatch, method):
    monkeypatch.setenv("COLUMNS", "80")
    config, data = small
    status, shown, _ = run("train", config, "--data", data, "--epochs", 1, "--set",
                           f"update.method={method}", "--json", "a.json")
    assert status == 0
    lines = shown.splitlines()
    begin = next(number for number, line in enumerate(lines) if line.split()[:1] == ["training"])
    first, second, row = lines[begin:begin + 3]
    assert first.split() == ["training", "held", "synapses", "device", "pairs"]
    assert second.split() == ["epoch", "samples", "errors", "test", "out", "pulsed", "pulses",
                              "refreshed"]
    assert all(len(line) <= 80 for line in shown.splitlines())
    figures = json.loads(Path("a.json").read_text())
    counts = [figures[name][0] for name in ("synapses_pulsed", "device_pulses", "pairs_refreshed")]
    assert row.split()[-3:] == [f"{count:,}" for count in counts]
    if method == "bidirectional":
        assert counts[1] == 2 * counts[0] > 0


def test_train_digits_with_its_defaults_from_the_configuration(run):
    status, shown, _ = run("train", "digits", "--samples", 100, "--json", "-")
    assert status == 0
    figures = json.loads(shown)
    assert figures["samples"] == 100
    assert figures["config"] == "digits"
    assert figures["validation_accuracy"] == []


def test_a_resumed_training_ends_in_the_same_file(run, small):
    config, data = small
    whole = run("train", config, "--data", data, "--epochs", 2, "--checkpoint", "whole.npz")
    first = run("train", config, "--data", data, "--epochs", 2, "--samples", 57, "--checkpoint",
                "part.npz")
    assert read_checkpoint(Path("part.npz"), small_config()).position == 17
    second = run("train", config, "--data", data, "--epochs", 2, "--resume", "part.npz",
                 "--checkpoint", "part.npz")
    assert [whole[0], first[0], second[0]] == [0, 0, 0]
    assert Path("whole.npz").read_bytes() == Path("part.npz").read_bytes()


def test_no_epochs_write_the_initial_state_and_need_no_data(run):
    status, shown, _ = run("train", "mnist-small", "--epochs", 0, "--checkpoint", "a.npz")
    assert status == 0
    assert "the state after 0 epochs and 0 samples" in shown
    config = load_config("mnist-small")
    read = read_checkpoint(Path("a.npz"), config)
    assert list(state_differences(0, initial_state(config), read.state)) == []


def test_a_finished_run_says_so(run, small):
    config, data = small
    run("train", config, "--data", data, "--epochs", 1, "--checkpoint", "a.npz")
    status, shown, _ = run("train", config, "--data", data, "--epochs", 1, "--resume", "a.npz")
    assert status == 0
    assert "Nothing to train: 1 epochs are done, and --epochs is 1" in shown


def test_held_out_samples_come_with_the_checkpoint(run, small):
    config, data = small
    run("train", config, "--data", data, "--epochs", 1, "--validation", 10, "--checkpoint", "a.npz")
    resumed = ("train", config, "--data", data, "--epochs", 2, "--resume", "a.npz")
    status, shown, _ = run(*resumed)
    assert status == 0
    assert "30 samples to train, 10 held out" in shown
    status, _, error = run(*resumed, "--validation", 5)
    assert status == 2
    assert "was made with --validation 10, which cannot become 5" in error


# What is refused --------------------------------------------------------------------------------


def write_truncated_mnist():
    Path("mnist").mkdir()
    for prefix in ("train", "t10k"):
        Path(f"mnist/{prefix}-images-idx3-ubyte").write_bytes(
            struct.pack(">4I", 0x803, 9, 28, 28) + bytes(100))
        Path(f"mnist/{prefix}-labels-idx1-ubyte").write_bytes(
            struct.pack(">2I", 0x801, 9) + bytes(9))


@pytest.mark.parametrize(("arguments", "message"), [
    (["train", "digits", "--set", "device.colour=red"], r"device.colour: unknown key"),
    (["train", "digits", "--lanes", "300"],
     "engine.lanes: must be an integer in 1..256, or auto, not 300"),
    (["generate", "digits", "--lanes", "1.5", "-o", "out"],
     "--lanes must be a number or auto, not '1.5'"),
    (["estimate", "digits", "--plot", "lanes.png"], "--plot needs --sweep-lanes"),
    (["estimate", "digits", "--clock", "80"], "--clock needs --sweep-lanes"),
    (["estimate", "digits", "--sweep-lanes", "--plot", "lanes.txt"],
     "a drawing must be a file that ends in .png"),
    (["train", "digits", "--set", "device.levels=1"],
     "device.levels: must be an integer in 2..4096, not 1"),
    (["estimate", "digits", "--set", "update.row_threshold=255"],
     "update.row_threshold: must be an integer in 0..254"),
    (["train", "digit"], "digit: no such configuration; built in are digits, mnist"),
    (["train", "mnist"], "the configuration 'mnist' names no data set; pass --data mnist:FOLDER"),
    (["train", "mnist", "--data", "mnist:empty"], "holds no MNIST: none of train-images"),
    (["train", "mnist", "--data", "mnist:nowhere"], "there is no folder nowhere"),
    (["train", "mnist", "--data", "digits"], "samples have 64 inputs, but the network 'mnist' has"),
    (["train", "digits", "--data", "letters"], "data must be digits, mnist:FOLDER, idx:FOLDER"),
    (["train", "digits", "--validation", "1437"], "must be in 0..1436"),
    (["train", "digits", "--resume", "none.npz"], "none.npz: there is no such checkpoint"),
    (["train", "digits", "--resume", "garbage"], "garbage: is not a complete checkpoint"),
    (["train", "digits", "--json", "missing/a.json"],
     "missing/a.json: cannot be written: No such file or directory"),
    (["train", "digits", "--json", "empty"], "empty: cannot be written: Is a directory"),
    (["train", "digits", "--checkpoint", "missing/a.npz"], "missing/a.npz: cannot be written"),
    (["generate", "digits", "-o", "garbage"], "garbage: cannot be written: Not a directory"),
    (["generate", "digits", "-o", "garbage/out"], "garbage/out: cannot be written: Not a dir"),
    (["verify", "digits", "--checkpoint", "none.npz"], "none.npz: there is no such checkpoint"),
    (["verify", "digits", "--simulator", "modelsim"],
     "--simulator must be one of auto, icarus, verilator, native, amaranth, not 'modelsim'"),
    (["verify", "empty"], "empty: the folder holds no pulsetrain.v"),
    (["verify", "mnist"], "the configuration 'mnist' names no data set"),
])
def test_bad_input_is_one_message_and_no_file(run, arguments, message):
    Path("empty").mkdir()
    Path("garbage").write_text("no archive")
    before = files()
    status, shown, error = run(*arguments)
    assert status == 2
    assert error.startswith("error: ")
    assert message in error
    assert "Traceback" not in error + shown
    assert len(error.strip().splitlines()) == 1
    assert files() == before


@pytest.mark.parametrize("arguments", [
    ["train"], ["train", "digits", "--epochs", "many"], ["train", "digits", "--epochs", "-1"],
    ["train", "digits", "--samples", "0"], ["verify", "digits", "--samples", "0"],
    ["verify", "digits", "--every", "0"], ["nothing"], ["train", "digits", "--wrong"],
    ["generate", "digits"]])
def test_bad_usage_is_reported(run, arguments):
    status, _, error = run(*arguments)
    assert status == 2
    assert error.startswith("error: ")
    assert len(error.splitlines()) == 1
    assert " --help` shows what is allowed)" in error
    assert files() == []


def test_a_truncated_idx_file_is_named(run):
    write_truncated_mnist()
    status, _, error = run("train", "mnist", "--data", "mnist:mnist", "--json", "a.json")
    assert status == 2
    assert "train-images-idx3-ubyte: is truncated: 116 bytes, but its header announces" in error
    assert "a.json" not in files()


def test_a_checkpoint_of_another_configuration_is_refused(run):
    run("train", "digits", "--epochs", 0, "--checkpoint", "a.npz")
    for command in ("train", "verify"):
        option = "--resume" if command == "train" else "--checkpoint"
        status, _, error = run(command, "digits", "--set", "update.method=single", option, "a.npz")
        assert status == 2
        assert "differ in update.method (unidirectional / single)" in error


def test_a_full_disk_leaves_the_old_checkpoint(run, small, monkeypatch):
    config, data = small
    run("train", config, "--data", data, "--epochs", 0, "--checkpoint", "a.npz")
    before, content = files(), Path("a.npz").read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    status, _, error = run("train", config, "--data", data, "--checkpoint", "a.npz")
    assert status == 2
    assert "a.npz: cannot be written: No space left on device" in error
    assert files() == before
    assert Path("a.npz").read_bytes() == content


# Ctrl-C -----------------------------------------------------------------------------------------


def interrupted(*arguments):
    """Start training, press Ctrl-C after the first epoch: (status, rest of the output, errors)."""
    with subprocess.Popen([*COMMAND, "train", *arguments], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        for line in process.stdout:
            if line.split()[:1] == ["1"]:
                break
        process.send_signal(signal.SIGINT)
        shown, error = process.communicate(timeout=60)
        return process.returncode, shown, error


def test_ctrl_c_writes_a_whole_checkpoint(tmp_path):
    status, shown, error = interrupted("digits", "--epochs", "1000000", "--checkpoint", "a.npz",
                                       "--json", "a.json")
    assert status == 130
    assert "Wrote a.npz: the state after" in shown
    assert "error: interrupted after" in error
    assert "a.npz holds the state" in error
    assert "Traceback" not in error
    assert files() == ["a.npz"]
    config = load_config("digits")
    read = read_checkpoint(Path("a.npz"), config)
    samples = read.state.counters["samples"]
    assert samples == 1437 * read.epoch + read.position > 0
    # The same bits as a run that was stopped there by an option.
    subprocess.run([*COMMAND, "train", "digits", "--samples", str(samples), "--epochs", "1000000",
                    "--checkpoint", "b.npz"], check=True, capture_output=True)
    assert Path("a.npz").read_bytes() == Path("b.npz").read_bytes()


def test_ctrl_c_without_checkpoint_leaves_nothing(tmp_path):
    status, _, error = interrupted("digits", "--epochs", "1000000")
    assert status == 130
    assert "the state is lost, --checkpoint FILE would have kept it" in error
    assert files() == []


def test_ctrl_c_elsewhere_is_one_message(run, monkeypatch):
    def interrupt(*arguments, **settings):
        raise KeyboardInterrupt

    monkeypatch.setattr("pulsetrain.cli.options.data_for", interrupt)
    status, _, error = run("estimate", "digits", "--json", "a.json")
    assert (status, error) == (130, "error: interrupted\n")
    assert files() == []


def test_too_little_memory_is_one_message(run, monkeypatch):
    def exhaust(*arguments, **settings):
        np.empty(2**62, np.uint8)

    monkeypatch.setattr("pulsetrain.cli.options.data_for", exhaust)
    status, _, error = run("estimate", "digits", "--json", "a.json")
    assert (status, error) == (1, "error: there is not enough memory for this\n")
    assert files() == []


def test_ctrl_c_while_the_command_is_loaded_is_one_message(run, monkeypatch):
    class Loading(ModuleType):
        def __getattr__(self, name):
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "pulsetrain.cli.app", Loading("app"))
    assert run("train", "digits") == (130, "", "error: interrupted\n")


def test_ctrl_c_in_an_elaboration_is_one_message():
    program = """
from pulsetrain.cli import main
from pulsetrain.hdl.engine.activation import Activation

def interrupted(self, platform):
    raise KeyboardInterrupt

Activation.elaborate = interrupted
main(["generate", "digits", "-o", "engine"])
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True,
                           text=True, check=False)
    assert (ended.returncode, ended.stderr) == (130, "error: interrupted\n")
    assert not Path("engine").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_in_a_finalizer_is_not_lost(number):
    """Amaranth's objects have finalizers, in which Python raises nothing."""
    program = f"""
import os, signal, time
from pulsetrain.cli.interrupt import raise_on_signals

class Object:
    def __del__(self):
        os.kill(os.getpid(), {number})

if {number} != signal.SIGINT:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal({number}, signal.SIG_DFL)  # it may be ignored where the tests run
raise_on_signals()
try:
    Object()
    time.sleep(60)
except KeyboardInterrupt:
    print("interrupted")
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True,
                           text=True, check=False)
    assert (ended.stdout, ended.stderr) == ("interrupted\n", "")


# Estimate, generate, doctor ---------------------------------------------------------------------


@pytest.mark.parametrize("lanes", [1, 4, 16])
def test_estimate_of_real_samples(run, lanes):
    status, shown, _ = run("estimate", "digits", "--lanes", lanes, "--json", "-")
    assert status == 0
    figures = json.loads(shown)
    cycles = figures["cycles_per_sample"]
    assert 0 < cycles["ideal"] <= cycles["predicted"]
    assert figures["efficiency"] == pytest.approx(cycles["ideal"] / cycles["predicted"])
    assert figures["multipliers"] == lanes
    groups = -(-32 // lanes), -(-10 // lanes)
    assert figures["synapse_memory_bits"] == (65 * groups[0] + 33 * groups[1]) * lanes * 16
    assert "500 training samples of digits, after 2,000" in figures["cycles_from"]


@pytest.mark.parametrize(("lanes", "cells"), [(4, 4), (1, 4), (8, 8)])
def test_estimate_counts_single_port_cells(run, lanes, cells):
    status, shown, _ = run("estimate", "mnist-ice40", "--lanes", lanes, "--json", "a.json")
    assert status == 0
    assert "SPRAMs of 256 Kibit" in shown
    assert json.loads(Path("a.json").read_text())["spram_cells"] == cells


def test_estimate_without_data_says_so(run):
    status, shown, _ = run("estimate", "mnist-small", "--json", "a.json")
    assert status == 0
    assert "random samples with 19 % of the inputs not zero" in shown
    figures = json.loads(Path("a.json").read_text())
    assert "random" in figures["cycles_from"]
    assert figures["cycles_per_sample"]["ideal"] > 0.15 * 784


def test_generate_writes_files_that_load_again(run, small):
    config, _ = small
    status, shown, _ = run("generate", config, "-o", "deep/out", "--lanes", 4, "--json", "a.json")
    assert status == 0
    assert "pulsetrain verify deep/out" in shown
    figures = json.loads(Path("a.json").read_text())
    written = {path.name: path.stat().st_size for path in Path("deep/out").iterdir()}
    assert figures["files"] == written
    assert set(written) == {"pulsetrain.v", "pulsetrain.vlt", "manifest.json", "config.json"}
    assert load_config("deep/out") == small_config(engine={"lanes": 4})
    assert figures["digest"] == engine_digest(small_config(engine={"lanes": 4}))


def test_doctor_lists_what_is_installed(run):
    status, _, _ = run("doctor", "--json", "a.json")
    figures = json.loads(Path("a.json").read_text())
    assert status == 0
    assert figures["ready"] is True
    tools = {tool["name"]: tool for tool in figures["tools"]}
    assert tools["numpy"]["version"] == np.__version__
    assert tools["Python"]["version"].startswith("3.")
    assert {"Yosys", "Icarus Verilog", "Verilator", "g++", "make", "perl"} <= set(tools)


def test_doctor_says_how_to_get_what_is_missing(run, monkeypatch):
    monkeypatch.setenv("PATH", str(Path.cwd()))
    status, shown, _ = run("doctor")
    assert status == 0
    for line in shown.splitlines():
        if "Icarus Verilog" in line:
            assert "missing" in line
            assert "apt-get install iverilog" in line
            break
    else:
        pytest.fail("no line about Icarus Verilog")


def test_doctor_fails_if_the_main_job_cannot_run(run, monkeypatch):
    monkeypatch.setattr("pulsetrain.cli.doctor._yosys", lambda: None)
    status, _, error = run("doctor", "--json", "a.json")
    assert status == 1
    assert "error: the main job cannot run without Yosys" in error
    assert json.loads(Path("a.json").read_text())["ready"] is False
