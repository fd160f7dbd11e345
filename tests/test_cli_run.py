"""`pulsetrain board` and `run`, and `Trainer`: on one virtual board in a second process."""

import errno
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import serial
from lines import CutLine
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo
from small import save_small, small_config, small_data
from wrong import OneStateWrong

from pulsetrain import Trainer
from pulsetrain.device import engine_digest
from pulsetrain.golden import GoldenEngine
from pulsetrain.golden.synapse import DEVICE_PULSES
from pulsetrain.host import BAUD, BoardLostError, SerialTransport
from pulsetrain.host.frames import frame
from pulsetrain.run import (
    PROGRESS,
    CheckpointError,
    read_checkpoint,
    read_progress,
    write_checkpoint,
)
from pulsetrain.run.divergence import state_differences
from pulsetrain.sim.native_board import DEFAULT_BOARD
from pulsetrain.sim.virtual import BoardEndedError

ROOT = Path(__file__).parent.parent
COMMAND = [sys.executable, "-m", "pulsetrain.cli"]
SMALL = ("small.toml", "--data", "npz:small.npz")
HELLO = "7E 02 02 00 00 00 00 00 5C 6F 3B 47 7E"
ANSWER = "7E 03 02 00 00 00 00 00 00 00 00 00 00 5E AD 27 54 7E"
"""As docs/reference/link.md describes them."""


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    """The port of `pulsetrain board --virtual`, of a board without memory."""
    folder = tmp_path_factory.mktemp("board")
    save_small(folder)
    with subprocess.Popen([*COMMAND, "board", "--virtual", "small.toml", "--board", "ecpix5-45f",
                           "--lanes", str(small_config().engine.lanes)],
                          cwd=folder, text=True, stdout=subprocess.PIPE) as process:
        port = next(line for line in process.stdout if line.startswith("/dev/")).strip()
        yield port
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    """A folder with only a configuration and its data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    save_small(tmp_path)


def same_as_trained(run, checkpoint, *arguments):
    """Whether the golden model, trained by `train`, writes the same file."""
    assert run("train", *SMALL, *arguments, "--checkpoint", "golden.npz")[0] == 0
    return same_on_a_board("golden.npz", checkpoint)


def same_on_a_board(golden, board):
    """Whether two checkpoints are equal except for device pulses, which a board cannot count."""
    found = read_checkpoint(Path(golden))
    assert found.state.device_pulses
    found.state.device_pulses = None
    write_checkpoint(Path("unknown.npz"), found)
    return Path("unknown.npz").read_bytes() == Path(board).read_bytes()


# A board that is seen by others -----------------------------------------------------------------


def test_miniterm_gets_an_answer_to_the_hello_of_the_page(board):
    """Another program, on its own terminal; the first that sends to the board."""
    assert bytes.fromhex(HELLO) == frame(b"", kind=2, session=2, position=0, acknowledged=0)
    page = (ROOT / "docs" / "reference" / "link.md").read_text()
    assert HELLO in page
    assert ANSWER in page
    keyboard, terminal = pty.openpty()
    with subprocess.Popen([sys.executable, "-m", "serial.tools.miniterm", "--encoding", "hexlify",
                           "--quiet", board], stdin=terminal, stdout=terminal, stderr=terminal,
                          start_new_session=True) as miniterm:
        while termios.tcgetattr(terminal)[3] & termios.ECHO:  # until it is ready
            time.sleep(0.02)
        os.write(keyboard, f"{HELLO} ".encode())
        shown = b""
        while shown.count(b"7E ") < 2 and select.select([keyboard], [], [], 20)[0]:
            shown += os.read(keyboard, 1000)
        miniterm.terminate()
    os.close(keyboard)
    os.close(terminal)
    assert shown.decode().startswith(ANSWER)


def test_only_a_virtual_board_can_be_run(run):
    status, _, error = run("board", "small.toml")
    assert status == 2
    assert "`pulsetrain board` needs --virtual" in error


# Training on it ---------------------------------------------------------------------------------


def test_the_board_learns_what_the_golden_model_learns(run, board, monkeypatch):
    beside_the_bar = []
    monkeypatch.setattr("rich.progress.Progress.update", lambda self, task, **fields:
                        beside_the_bar.append(fields["description"]))
    status, shown, _ = run("--log", "run.log", "run", *SMALL, "--port", board, "--check",
                           "--epochs", 2, "--clock", 50, "--checkpoint", "a.npz", "--json",
                           "a.json")
    assert status == 0
    assert "DEBUG pulsetrain.host.link: sent hello: session " in Path("run.log").read_text()
    assert "Equal" in shown
    last = beside_the_bar[-1]
    assert same_as_trained(run, "a.npz", "--epochs", 2)
    figures = json.loads(Path("a.json").read_text())
    state = read_checkpoint(Path("a.npz")).state
    engine, data = GoldenEngine(small_config()), small_data(small_config())
    engine.load(state)
    errors = engine.infer(data.x_test, data.y_test).errors
    assert figures["accuracy"] == (~errors).mean()
    assert (figures["samples"], figures["epochs"], figures["mismatches"]) == (80, 2, 0)
    assert figures["digest"] == engine_digest(small_config())
    errors, pulses = state.counters["errors"], state.counters["pulses"]
    assert last.startswith(f"epoch 2 of 2: {100 * errors / 80:.2f} % wrong, {pulses:,} synapses "
                           "pulsed, ")
    assert last.endswith(f" (core {50e6 * 80 / figures['core_cycles']:,.0f}), testing")
    assert figures["training_errors"] == errors
    assert figures["pulses"] == figures["synapses_pulsed"] == pulses
    assert figures["pairs_refreshed"] == state.counters["refreshes"]
    unknown = [figures[name] for name in ("device_pulses", *DEVICE_PULSES)]
    assert unknown == [None] * 5
    assert state.device_pulses is None
    rows = [line.split() for line in shown.splitlines() if line[:5].strip() in ("1", "2")]
    assert [row[-2] for row in rows] == ["-", "-"]
    assert figures["core_samples_per_second"] == pytest.approx(
        50e6 * 80 / figures["core_cycles"])
    assert figures["frames_retried"] < figures["frames_sent"] / 2  # a busy machine has pauses
    assert figures["bytes_sent"] > 10 * figures["frames_sent"] > 0


def test_a_run_folder_can_be_reported(run, board):
    assert run("run", *SMALL, "--port", board, "--epochs", 1, "--run", "first")[0] == 0
    assert run("report", "first")[0] == 0
    history = json.loads(Path("first/history.json").read_text())
    assert [row["samples"] for row in history["epochs"]] == [40]


def test_zero_epochs_only_test(run, board):
    run("train", *SMALL, "--epochs", 3, "--checkpoint", "a.npz", "--json", "train.json")
    status, shown, _ = run("run", *SMALL, "--port", board, "--resume", "a.npz", "--epochs", 0,
                           "--json", "run.json")
    assert status == 0
    assert "Nothing to train" in shown
    figures, trained = (json.loads(Path(name).read_text()) for name in ("run.json", "train.json"))
    assert figures["accuracy"] == trained["accuracy"][-1]
    assert figures["mismatches"] is None


def test_a_board_that_differs_is_a_failure(run, board, monkeypatch):
    monkeypatch.setattr("pulsetrain.cli.run.GoldenEngine", OneStateWrong)
    status, shown, error = run("run", *SMALL, "--port", board, "--check", "--samples", 5, "--json",
                               "a.json")
    assert status == 1
    assert error == "error: the board and the golden model differ\n"
    assert "Equal" not in shown
    figures = json.loads(Path("a.json").read_text())
    assert figures["mismatches"] == 1
    assert figures["first_divergence"]["index"] == [2, 1]


def test_a_host_that_was_killed_is_resumed(run, board):
    with subprocess.Popen([*COMMAND, "run", *SMALL, "--port", board, "--epochs", "100000",
                           "--checkpoint", "a.npz"],
                          stdout=subprocess.PIPE, text=True) as host:
        for line in host.stdout:
            if line.split()[:1] == ["3"]:
                break
        host.kill()
    kept = read_checkpoint(Path("a.npz"))
    assert kept.epoch >= 2
    status, _, _ = run("run", *SMALL, "--port", board, "--check", "--resume", "a.npz", "--epochs",
                       kept.epoch + 2, "--checkpoint", "a.npz")
    assert status == 0
    assert same_as_trained(run, "a.npz", "--epochs", kept.epoch + 2)


def test_a_pulled_cable_is_one_error_and_a_checkpoint(run, board, monkeypatch):
    class Cable(CutLine):
        baud = BAUD

        def __init__(self, port, *_):
            super().__init__(SerialTransport(port), 40_000)

    with monkeypatch.context() as patch:
        patch.setattr("pulsetrain.cli.port.open_port", Cable)
        status, _, error = run("run", *SMALL, "--port", board, "--epochs", 100_000, "--checkpoint",
                               "a.npz", "--json", "a.json")
    assert status == 1
    assert error.startswith("error: the line to the board is gone: the cable was pulled; a.npz "
                            "holds the state after ")
    assert error.endswith("continue with --resume a.npz\n")
    assert not Path("a.json").exists()
    kept = read_checkpoint(Path("a.npz"))
    assert kept.epoch > 2
    assert run("run", *SMALL, "--port", board, "--resume", "a.npz", "--epochs", kept.epoch + 1,
               "--checkpoint", "a.npz")[0] == 0
    assert same_as_trained(run, "a.npz", "--epochs", kept.epoch + 1)


def test_ctrl_c_ends_a_virtual_board_after_its_host(run):
    """It goes to all the processes of a terminal, and the state still has to be read."""
    with subprocess.Popen([*COMMAND, "run", *SMALL, "--port", "virtual", "--epochs", "100000",
                           "--checkpoint", "a.npz"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          start_new_session=True) as host:
        for line in host.stdout:
            if line.startswith("The virtual board is at "):
                port = line.split()[-1].rstrip(".")
            if line.split()[:1] == ["1"]:
                break
        os.killpg(host.pid, signal.SIGINT)
        _, error = host.communicate(timeout=60)
    assert host.returncode == 130
    assert "a.npz holds the state" in error
    assert not Path(port).exists()
    kept = read_checkpoint(Path("a.npz"))
    samples = 40 * kept.epoch + kept.position
    assert same_as_trained(run, "a.npz", "--epochs", 100_000, "--samples", samples)


def test_a_virtual_board_learns_the_digits_as_the_golden_model(run):
    """With the engine that `SMALLER` of tests/readme.py makes of the README's, which is compiled
    once."""
    digits = ("digits", "--samples", 100, "--set", "network.hidden=[]", "--lanes", 1)
    status, _, _ = run("run", *digits, "--port", "virtual", "--check", "--checkpoint", "a.npz",
                       "--json", "a.json")
    assert status == 0
    assert run("train", *digits, "--checkpoint", "b.npz")[0] == 0
    assert same_on_a_board("b.npz", "a.npz")
    figures = json.loads(Path("a.json").read_text())
    assert (figures["samples"], figures["mismatches"]) == (100, 0)


def test_loopback_measures_any_board(run, board):
    status, shown, _ = run("loopback", "--port", board, "--baud", BAUD, "--bytes", 2000, "--json",
                           "a.json")
    assert status == 0
    figures = json.loads(Path("a.json").read_text())
    assert (figures["baud"], figures["line_bytes_per_second"]) == (BAUD, BAUD / 10)
    assert all(figures[f"bytes_per_second_{way}"] > 0
               for way in ("to_board", "from_board", "both_ways"))
    answers = figures["answer_seconds"]
    assert 0 < answers["least"] <= answers["median"] <= answers["most"]
    windows = DEFAULT_BOARD.part.family.windows
    assert figures["windows"] == asdict(windows)
    assert figures["bytes_sent"] > 2 * 2000
    assert f"{figures['frames_sent']:,}, {figures['frames_retried']:,}" in shown


# What cannot be trained on ----------------------------------------------------------------------


def test_another_engine_is_refused(run, board):
    status, _, error = run("run", *SMALL, "--port", board, "--lanes", 4, "--checkpoint", "a.npz")
    assert status == 2
    assert "the board must hold the engine" in error
    assert error.endswith("build and program it with this configuration\n")
    assert not Path("a.npz").exists()


def test_a_silent_board_is_an_error(run):
    line, port = pty.openpty()
    status, _, error = run("run", *SMALL, "--port", os.ttyname(port))
    os.close(line)
    os.close(port)
    assert status == 1
    assert error == ("error: the board does not answer: is it powered and programmed, and are the "
                     "port and its speed right? Tried: 3,000,000, 6,000,000, 1,000,000, "
                     "12,000,000 baud\n")


@pytest.mark.parametrize(("there", "message"), [
    ([], "there is no such port and no other: is the board plugged in?"),
    (["/dev/ttyUSB7", "/dev/ttyUSB3"], "there is no such port; there are /dev/ttyUSB3, "),
])
def test_a_missing_port_is_reported_with_those_that_exist(run, monkeypatch, there, message):
    monkeypatch.setattr(list_ports, "comports", lambda: [ListPortInfo(path) for path in there])
    status, _, error = run("run", *SMALL, "--port", "/dev/ttyNONE")
    assert status == 2
    assert f"/dev/ttyNONE: {message}" in error


@pytest.mark.parametrize(("vendor", "rule"), [
    (0x0403, 'SUBSYSTEMS=="usb", ATTRS{idVendor}=="0403", ATTRS{idProduct}=="6010", '),
    (None, 'KERNEL=="ttyUSB1", '),
])
def test_a_port_without_permission_is_reported_with_its_udev_rule(run, monkeypatch, vendor, rule):
    def refuse(*arguments, **settings):
        raise serial.SerialException(errno.EACCES, "could not open port")

    found = ListPortInfo("/dev/ttyUSB1")
    found.vid, found.pid = vendor, 0x6010
    monkeypatch.setattr(list_ports, "comports", lambda: [found])
    monkeypatch.setattr(serial, "Serial", refuse)
    status, _, error = run("run", *SMALL, "--port", "/dev/ttyUSB1")
    assert status == 2
    assert "/dev/ttyUSB1: there is no permission to open it: write the line  " in error
    assert f'{rule}TAG+="uaccess"  to /etc/udev/rules.d/70-pulsetrain.rules' in error


def test_a_file_that_is_not_a_serial_port_is_refused(run):
    status, _, error = run("run", *SMALL, "--port", "small.toml")
    assert status == 2
    assert "small.toml: is not a serial port that can be opened" in error


def test_a_failure_to_make_a_virtual_board_is_explained(run, monkeypatch):
    def fail(config, board):
        raise BoardEndedError("the virtual board ended:\nVerilator is not installed")

    monkeypatch.setattr("pulsetrain.sim.virtual.VirtualBoard", fail)
    status, _, error = run("run", *SMALL, "--port", "virtual")
    assert status == 1
    assert "Verilator is not installed" in error


# In a program -----------------------------------------------------------------------------------


def test_a_trainer_fits_and_predicts_like_the_golden_model(board):
    config = small_config()
    data, golden = small_data(config), GoldenEngine(config)
    with Trainer("small.toml", board) as trainer:
        first = trainer.fit(data.x_train, data.y_train, samples=25, checkpoint="a.npz")
        assert first.samples.tolist() == [25]
        assert (trainer.epoch, trainer.position) == (0, 25)
        second = trainer.fit(data.x_train, data.y_train.astype(np.uint8), epochs=2,
                             test=(data.x_test, data.y_test))
        assert second.samples.tolist() == [40, 40]
        assert (trainer.epoch, trainer.position) == (2, 0)
        trainer.checkpoint("b.npz")
        golden.load(read_checkpoint(Path("b.npz"), config).state)
        expected = golden.infer(data.x_test, data.y_test)
        assert trainer.predict(data.x_test).tolist() == expected.classes.tolist()
        share = (~expected.errors).mean()
        assert trainer.evaluate(data.x_test, data.y_test) == share == second.accuracy[-1]
        trainer.resume("a.npz")
        assert (trainer.epoch, trainer.position) == (0, 25)
        trainer.fit(data.x_train, data.y_train, epochs=2)
        trainer.checkpoint("c.npz")
        with pytest.raises(CheckpointError, match=r"none\.npz: there is no such checkpoint"):
            trainer.resume("none.npz")
    assert Path("b.npz").read_bytes() == Path("c.npz").read_bytes()
    assert data.x_train.flags.writeable is False
    with pytest.raises(BoardLostError, match="the line to the board is gone"):
        trainer.predict(data.x_test)


def test_a_trainer_keeps_what_it_learned_before_the_cable_was_pulled(board):
    config = small_config()
    data = small_data(config)
    line = SerialTransport(board)
    with Trainer(config, CutLine(line, 10_000)) as trainer:
        with pytest.raises(BoardLostError, match="the cable was pulled"):
            trainer.fit(data.x_train, data.y_train, epochs=100_000, checkpoint="a.npz")
    with Trainer(config, line, reference=GoldenEngine(config, count_cycles=True)) as trainer:
        trainer.resume("a.npz")
        assert trainer.epoch > 0
        trainer.fit(data.x_train, data.y_train)
        trainer.checkpoint("b.npz")
        assert trainer.checked.mismatches == 0
    golden = GoldenEngine(config)
    for epoch in range(trainer.epoch):
        order = np.random.default_rng([config.seed, epoch]).permutation(len(data.x_train))
        golden.train(data.x_train[order], data.y_train[order])
    found = read_checkpoint(Path("b.npz"), config).state
    assert list(state_differences(0, golden.read(), found)) == []


def test_watch_starts_the_training_on_a_board(board, run):
    status, shown, error = run("watch", "small.toml", "--port", board, "--run", "run", *SMALL[1:],
                               "--epochs", 2)
    assert (status, error) == (0, "")
    assert re.search(r"The page is http://127\.0\.0\.1:\d+/\S{43}/\n", shown)
    progress = read_progress(Path("run") / PROGRESS)
    assert (progress.status, progress.engine, progress.trail[-1].epoch) == (
        "ended", f"board at {board}", 2)
    assert progress.link["frames_sent"] > 0
    assert same_as_trained(run, "run/checkpoint.npz", "--epochs", 2)


def test_watch_ends_as_the_training_that_it_started(run):
    assert run("watch", "small.toml", "--port", "no/port", "--run", "run")[0] == 2
    assert not Path("run").exists()
