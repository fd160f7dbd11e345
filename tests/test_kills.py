"""Every command, ended at a random time: whole files, equal resumes, no child, no leftover.

`pytest -n 0 -s tests/test_kills.py --kills 120` ends each command more often, and tells how it
went.
"""

import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import uuid
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from small import save_small

from pulsetrain.cli import main
from pulsetrain.run import HISTORY, read_checkpoint, read_history
from pulsetrain.run.divergence import state_differences

COMMAND = [sys.executable, "-P", "-m", "pulsetrain.cli"]
MARK = "PULSETRAIN_TEST_MARK"
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGHUP)
PATIENCE = 10
"""Seconds within which the last process must be gone. The aim is two, but a busy machine may need
more. The longest time is printed."""

SWEEP = """
name = "study"
config = "small.toml"
epochs = 100000
seeds = [1, 2, 3, 4]
"""

# Command line, the output that marks its start, and the seconds until it is certainly at work.
COMMANDS = {
    "train": (("train", "small.toml", "--epochs", 100000, "--run", "run"), 3),
    "checkpoint": (("train", "small.toml", "--epochs", 100000, "--checkpoint", "a.npz"), 3),
    "generate": (("generate", "digits", "-o", "engine"), 3),
    "verify-icarus": (("verify", "small.toml", "--samples", 100000, "--simulator", "icarus"), 6),
    "verify-verilator": (
        ("verify", "small.toml", "--samples", 100000, "--simulator", "verilator"), 12),
    "verify-native": (
        ("verify", "digits", "--samples", 100000, "--every", 1, "--simulator", "native"), 12),
    "verify-amaranth": (
        ("verify", "small.toml", "--samples", 100000, "--simulator", "amaranth"), 5),
    "sweep": (("sweep", "sweep.toml", "-o", "study.csv", "--jobs", 2), 5),
    "run": (("run", "small.toml", "--port", "virtual", "--epochs", 100000, "--checkpoint",
             "a.npz"), 12),
    "board": (("board", "--virtual", "small.toml"), 10),
    "build": (("build", "small.toml", "--part", "ice40up5k", "--lanes", 1, "-o", "build"), 20),
    "bench": (("bench", "small.toml", "--seconds", 5), 10),
    "plot": (("devices", "show", "hzo-fefet", "--plot", "device.svg"), 4),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder, with its own temporary files."""
    monkeypatch.chdir(tmp_path)
    save_small(tmp_path)
    with Path("small.toml").open("a", encoding="utf-8") as file:
        file.write('[training]\ndata = "npz:small.npz"\n')
    Path("sweep.toml").write_text(SWEEP, encoding="utf-8")
    Path("temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    return tmp_path


def start(mark, arguments, **options):
    """Start the command; `mark` identifies all processes that it starts."""
    environment = os.environ | {MARK: mark,
                                "TMPDIR": str(Path("temporary").resolve())}
    return subprocess.Popen([*COMMAND, *map(str, arguments)], env=environment,
                            stdin=subprocess.DEVNULL, start_new_session=True,
                            preexec_fn=_hear, **options)


def _hear():
    """Restore Ctrl-C, which shells disable for background processes."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def hears(process):
    """Whether `process` answers signals, which Python itself does not while it starts."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii", errors="replace")
    return int(re.search(r"SigCgt:\s+(\w+)", status)[1], 16) >> signal.SIGTERM - 1 & 1


def marked(mark):
    """The numbers of all processes that have inherited `mark`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes():
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
                found += [folder.name] * (state != "Z")
        except OSError:  # it has ended, or belongs to another user
            continue
    return found


def seconds_until_gone(mark):
    """Wait until no process with `mark` is left; returns how long that took."""
    began = time.monotonic()
    while marked(mark):
        assert time.monotonic() < began + PATIENCE, [
            Path(f"/proc/{number}/cmdline").read_bytes() for number in marked(mark)]
        time.sleep(0.02)
    return time.monotonic() - began


def run(*arguments):
    """Run the command to its end, in this process."""
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()) as error:
        with pytest.raises(SystemExit) as ended:
            main(list(map(str, arguments)))
    assert not ended.value.code, error.getvalue()


def check_files():
    """Check that every file is complete."""
    for path in {*Path().rglob("*.npz")} - {Path("small.npz")}:
        read_checkpoint(path)
    for path in Path().rglob("*.json"):
        if "build" not in path.parts:  # files of the tools in their own folders
            json.loads(path.read_text(encoding="utf-8"))
    for path in Path().rglob("pulsetrain.v"):
        assert path.read_text(encoding="utf-8").rstrip().endswith("endmodule")
    for path in Path().rglob(HISTORY):
        read_history(path)
    for path in Path().glob("*.csv"):
        content = path.read_bytes()
        assert content.endswith(b"\n") or not content


def check_resumes():
    """Check that a run continued from each checkpoint ends in the bits of an uninterrupted one."""
    for path in ("run/checkpoint.npz", "a.npz"):
        if not Path(path).exists():
            continue
        begin = read_checkpoint(Path(path))
        resumed = ("--run", "run") if path.startswith("run") else ("--checkpoint", path)
        run("train", "small.toml", "--resume", path, "--epochs", begin.epoch + 2, *resumed)
        run("train", "small.toml", "--epochs", begin.epoch + 2, "--checkpoint", "whole.npz")
        got, expected = read_checkpoint(Path(path)), read_checkpoint(Path("whole.npz"))
        assert not any(state_differences(0, expected.state, got.state))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", COMMANDS)
def test_an_end_at_any_time(folder, pytestconfig, name):
    arguments, most = COMMANDS[name]
    kills = pytestconfig.getoption("--kills")
    if kills <= len(COMMANDS):  # once each: early, which is half the work
        most /= 2
    chance = random.Random(f"{kills} {name}")
    longest, statuses = 0.0, []
    for _ in range(-(-kills // len(COMMANDS))):
        number, mark = chance.choice(ENDS), uuid.uuid4().hex
        process = start(mark, arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        with process:
            while process.poll() is None and not hears(process):
                time.sleep(0.01)
            try:
                process.wait(chance.uniform(0, most))
            except subprocess.TimeoutExpired:
                process.send_signal(number)
            try:
                error = process.communicate(timeout=60)[1].decode()
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        statuses.append(process.returncode)
        assert process.returncode in (0, 130, -number), (number, error)
        assert "Traceback" not in error
        longest = max(longest, seconds_until_gone(mark))
        check_files()
        check_resumes()
        run("train", "small.toml", "--epochs", 0, "--checkpoint", "next.npz")
        assert not list(Path("temporary").glob("pulsetrain-*"))
        assert not list(Path().glob("**/*.part")) or number == signal.SIGKILL
    print(f"{name}: statuses {statuses}, the last process gone after {longest:.2f} s")
