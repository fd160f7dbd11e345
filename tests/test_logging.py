"""Logging: a trace of the link, the options -v and --log, and no output without them."""

import io
import logging
import re
import sys
from pathlib import Path

import pytest
from fuzz.frames import board_frame as fuzzed_frame
from rich.console import Console
from rich.progress import Progress
from small import save_small
from test_link import Answers, board_frame

from pulsetrain.cli.logs import begin_logging, end_logging
from pulsetrain.files import open_log
from pulsetrain.files.log import LOG_MARK
from pulsetrain.host import Link, LinkError
from pulsetrain.processes import python
from pulsetrain.processes import run as run_process
from pulsetrain.protocol import BOARD_HEADER, PROTOCOL

TRAIN = ("train", "small.toml", "--data", "npz:small.npz", "--epochs", 1)
NAMES = [field.name for field in BOARD_HEADER.fields]
GREETING = board_frame(), board_frame(session=1)


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    """A folder with only a configuration and its data."""
    monkeypatch.chdir(tmp_path)
    save_small(tmp_path)


@pytest.fixture
def trace(caplog):
    """The messages of the link so far, of every level."""
    caplog.set_level(logging.DEBUG, "pulsetrain.host")
    return lambda: [record.getMessage() for record in caplog.records]


def exchange(*answers, expected=0):
    link = Link(Answers(*GREETING, *answers))
    with pytest.raises(LinkError):
        link.exchange(b"abc", expected)


# The trace --------------------------------------------------------------------------------------


def test_every_frame_is_traced(trace):
    link = Link(Answers(*GREETING, board_frame(b"xyz", session=1, acknowledged=3, consumed=2)))
    assert link.exchange(b"abc", 3) == b"xyz"
    assert trace() == [
        "sent resend: session 0, position 0, length 0, acknowledged 0",
        "received: session 0, position 0, length 0, acknowledged 0, consumed 0, rejected 0",
        "sent hello: session 1, position 0, length 0, acknowledged 0",
        "received: session 1, position 0, length 0, acknowledged 0, consumed 0, rejected 0",
        "session 1 with the board has begun",
        "sent data: session 1, position 0, length 3, acknowledged 0",
        "received: session 1, position 0, length 3, acknowledged 3, consumed 2, rejected 0"]


@pytest.mark.parametrize(("octets", "reason"), [
    (b"\x7eab\x7e", "it is too short: 2 bytes: 61 62"),
    (b"\x7e" + b"a" * 20 + b"\x7e", "its CRC is wrong: 20 bytes: 61 61"),
    (b"\x7ea\x7d\x7e", "an escape is not followed by a byte to escape: 2 bytes: 61 7d"),
    (board_frame(b"x" * 10)[:-5] + b"\x7e", "its CRC is wrong"),
    (b"x" * 2000, "it is longer than any frame: 2000 bytes: 78 78"),
    (board_frame(b"xy", session=1, position=7),
     "the payload at position 7 is not the next, which is at 0"),
    (fuzzed_frame(b"xy", **dict.fromkeys(NAMES, 0) | {"protocol": PROTOCOL, "length": 3}),
     "its length differs from its header"),
], ids=["short", "CRC", "escape", "cut", "endless", "gap", "length"])
def test_the_trace_says_why_a_frame_is_refused(trace, octets, reason):
    exchange(octets, b"")
    assert any(line.startswith(f"refused: {reason}") for line in trace())
    assert any(line.startswith("silence") for line in trace())


def test_the_trace_says_what_the_board_refused(trace):
    exchange(board_frame(session=1, rejected=2), b"")
    assert any(line.startswith("refused by the board: broken frames: 2") for line in trace())
    assert any(line.endswith("length 3, acknowledged 0, repeated") for line in trace())


def test_no_trace_is_made_unless_it_is_logged(caplog):
    caplog.set_level(logging.INFO, "pulsetrain.host")
    exchange(b"\x7eab\x7e", b"")
    assert [record.getMessage() for record in caplog.records] == [
        "session 1 with the board has begun"]


# The options ------------------------------------------------------------------------------------


def test_nothing_is_logged_without_options(run):
    status, _, error = run(*TRAIN, "--checkpoint", "a.npz")
    assert (status, error) == (0, "")
    assert not logging.getLogger("pulsetrain").handlers


def test_v_logs_to_standard_error_and_leaves_the_figures_alone(run):
    quiet = run(*TRAIN[:-1], 0, "--json", "-")
    status, shown, error = run("-v", *TRAIN[:-1], 0, "--checkpoint", "a.npz", "--json", "-")
    assert (status, shown) == (0, quiet[1])
    assert re.search("INFO pulsetrain.cli.options: loaded the configuration small from small.toml: "
                     "digest of the engine [0-9a-f]{64}", error)
    assert "INFO pulsetrain.run.checkpoint: wrote the checkpoint a.npz: epoch 0" in error
    assert "INFO pulsetrain.cli.app: ended with exit status 0" in error
    assert "DEBUG" not in error
    assert "DEBUG pulsetrain.files.write: wrote a.npz" in run(
        "-vv", *TRAIN[:-1], 0, "--checkpoint", "a.npz")[2]
    assert not logging.getLogger("pulsetrain").handlers


def test_a_log_holds_everything_and_replaces_only_a_log(run):
    for _ in range(2):
        status, _, error = run("--log", "run.log", "train", "none.toml")
        assert (status, "INFO" in error) == (2, False)
    first, *lines = Path("run.log").read_text().splitlines()
    assert first == LOG_MARK
    assert lines[0].endswith(": --log run.log train none.toml")
    assert lines[-1].endswith("INFO pulsetrain.cli.app: ended with exit status 2")
    assert len(lines) == 2
    before = Path("small.toml").read_bytes()
    for name, message in (("small.toml", "small.toml: is not a log, so --log does not replace it"),
                          (".", ".: cannot be written: Is a directory"),
                          ("none/a.log", "none/a.log: cannot be written: No such file")):
        status, _, error = run("--log", name, *TRAIN)
        assert (status, message in error) == (2, True)
    assert Path("small.toml").read_bytes() == before
    status, _, error = run("--log", "run.log", *TRAIN, "--json", "run.log")
    assert (status, "it would replace what --json writes" in error) == (2, True)


def test_two_commands_do_not_share_a_log(run):
    with open_log(Path("run.log")):
        status, _, error = run("--log", "run.log", *TRAIN)
    assert (status, "is the log of a command that is still running" in error) == (2, True)


def test_a_full_disk_ends_the_log_and_not_the_work(run):
    status, _, error = run("--log", "/dev/full", *TRAIN)
    assert status == 0
    assert error == "warning: /dev/full: the log ends: No space left on device\n"


def test_a_log_of_a_session_holds_its_frames():
    begin_logging(0, Path("link.log"))
    try:
        test = Link(Answers(*GREETING, b"\x7eab\x7e", board_frame(
            bytes(128), session=1, acknowledged=7, consumed=7)))
        assert test.exchange(b"command", 128) == bytes(128)
    finally:
        end_logging()
    text = Path("link.log").read_text()
    assert "DEBUG pulsetrain.host.link: sent data: session 1, position 0, length 7" in text
    assert "DEBUG pulsetrain.host.link: received: session 1, position 0, length 128" in text
    assert "DEBUG pulsetrain.host.frames: refused: it is too short" in text


def test_a_record_is_one_line_without_control_characters(capsys):
    begin_logging(1, Path("odd.log"))
    try:
        logging.getLogger("pulsetrain.test").info("a%sb", "\x1b[2J\nERROR forged\u202e")
    finally:
        end_logging()
    for text in (capsys.readouterr().err, Path("odd.log").read_text()):
        line = text.splitlines()[-1]
        assert line.endswith(r"INFO pulsetrain.test: a\x1b[2J\nERROR forged\u202eb")


def test_a_progress_bar_makes_room_for_records(capsys):
    terminal = io.StringIO()
    begin_logging(1, None)
    try:
        with Progress(console=Console(file=terminal, force_terminal=True, width=120)) as progress:
            progress.add_task("the bar", total=2)
            logging.getLogger("pulsetrain.test").info("a line")
    finally:
        end_logging()
    _, below = terminal.getvalue().split("INFO pulsetrain.test: a line\n")
    assert "the bar" in below
    assert capsys.readouterr() == ("", "")


def test_child_processes_are_logged(trace, caplog):
    caplog.set_level(logging.DEBUG, "pulsetrain.processes")
    run_process(python("-c", "raise SystemExit(7)"), cwd=Path("/"))
    started, ended = trace()
    shown = f"{sys.executable} -P -c 'raise SystemExit(7)'"
    assert re.fullmatch(rf"process \d+: started in /: {re.escape(shown)}", started)
    assert re.fullmatch(rf"process \d+: status 7 after \d+\.\d\d s: {re.escape(shown)}", ended)


def test_the_library_configures_nothing():
    code = ("import logging, pulsetrain.host, pulsetrain.emit, pulsetrain.sweep\n"
            "handlers = [name for name, logger in logging.root.manager.loggerDict.items()\n"
            "            if name.startswith('pulsetrain') and getattr(logger, 'handlers', [])]\n"
            "print(handlers, logging.root.handlers)")
    assert run_process(python("-c", code)).stdout == "[] []\n"
