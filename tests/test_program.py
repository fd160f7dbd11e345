"""`pulsetrain program`, and the ports that `doctor` shows."""

import json
from pathlib import Path

import pytest
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from pulsetrain.boards.program import PACKAGES
from pulsetrain.boards.registry import BOARDS
from pulsetrain.host import Port

DIGEST = "0123456789abcdef" * 4


@pytest.fixture(autouse=True)
def build(tmp_path, monkeypatch):
    """A folder as left by a build for the iCEBreaker, and no programs except those made here."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    Path("bin").mkdir()
    Path("build").mkdir()
    Path("build/pulsetrain.bin").write_bytes(b"bits")
    report()


def report(**changes):
    Path("build/report.json").write_text(json.dumps(
        {"board": "icebreaker", "bitstream": "pulsetrain.bin", "digest": DIGEST} | changes))


def make_program(name, status):
    """Make a program that writes its arguments to a file."""
    path = Path("bin") / name
    path.write_text(f'#!/bin/sh\necho "$@" > arguments\nexit {status}\n')
    path.chmod(0o755)


def test_every_program_has_its_package():
    assert {board.programmer for board in BOARDS.values()} == set(PACKAGES)


def test_the_command_is_shown_and_run(run):
    make_program("iceprog", 0)
    status, shown, _ = run("program", "build", "--board", "icebreaker", "--json", "a.json")
    assert status == 0
    assert shown.splitlines() == ["iceprog build/pulsetrain.bin",
                                  "icebreaker holds the engine 0123456789abcdef."]
    assert Path("arguments").read_text() == "build/pulsetrain.bin\n"
    assert json.loads(Path("a.json").read_text()) == {
        "board": "icebreaker", "digest": DIGEST, "command": ["iceprog", "build/pulsetrain.bin"],
        "loaded": True}


@pytest.mark.parametrize(("board", "command"), [
    ("ulx3s-85f", "openFPGALoader --board ulx3s build/pulsetrain.bin"),
    ("tang-nano-9k", "openFPGALoader --board tangnano9k build/pulsetrain.bin"),
])
def test_a_dry_run_only_shows_it(run, board, command):
    report(board=board)
    status, shown, _ = run("program", "build", "--dry-run", "--json", "a.json")
    assert (status, shown) == (0, f"{command}\n")
    assert json.loads(Path("a.json").read_text())["loaded"] is False


def test_a_program_that_is_missing_is_named_with_its_package(run):
    status, shown, error = run("program", "build")
    assert status == 2
    assert shown == "iceprog build/pulsetrain.bin\n"
    assert error == "error: iceprog is not installed: apt-get install fpga-icestorm\n"


def test_a_program_that_fails_is_a_failure(run):
    make_program("iceprog", 3)
    status, _, error = run("program", "build", "--json", "a.json")
    assert status == 1
    assert "iceprog ended with status 3: is the board plugged in" in error
    assert not Path("a.json").exists()


@pytest.mark.parametrize(("arguments", "changes", "message"), [
    (["none"], {}, "none: the folder holds no report.json; `pulsetrain build` writes one"),
    (["build", "--board", "ulx3s-85f"], {},
     "build: is built for the board icebreaker, not for ulx3s-85f"),
    (["build"], {"board": "breadboard"}, "the board must be one of arty-a7-35, arty-a7-100, "),
    (["build"], {"bitstream": "none.bin"}, "build/none.bin: does not exist; build it again"),
    (["build"], {"bitstream": None}, "build/report.json: is not the report of a build for a board"),
])
def test_unsuitable_bitstreams_are_refused(run, arguments, changes, message):
    report(**changes)
    status, _, error = run("program", *arguments)
    assert status == 2
    assert message in error


def test_an_invalid_report_is_refused(run):
    Path("build/report.json").write_text("{")
    status, _, error = run("program", "build")
    assert status == 2
    assert "build/report.json: is not a valid report of a build" in error


def test_doctor_names_programmers_and_their_packages(run):
    make_program("iceprog", 0)
    assert run("doctor", "--json", "a.json")[0] == 0
    tools = {tool["name"]: tool for tool in json.loads(Path("a.json").read_text())["tools"]}
    assert tools["iceprog"]["version"] == "found"
    assert tools["openFPGALoader"]["version"] is None
    assert tools["openFPGALoader"]["remedy"] == "apt-get install openfpgaloader"


@pytest.mark.parametrize("permitted", [True, False])
def test_doctor_shows_ports_and_how_to_get_permission(run, monkeypatch, permitted):
    found = ListPortInfo("/dev/ttyUSB1")
    found.vid, found.pid, found.description = 0x0403, 0x6010, "iCEBreaker V1.0e"
    monkeypatch.setattr(list_ports, "comports", lambda: [found])
    monkeypatch.setattr(Port, "permitted", permitted)
    status, shown, _ = run("doctor", "--json", "a.json")
    assert status == 0
    port, = json.loads(Path("a.json").read_text())["ports"]
    assert (port["path"], port["permitted"]) == ("/dev/ttyUSB1", permitted)
    assert "iCEBreaker V1.0e" in shown
    rule = 'SUBSYSTEMS=="usb", ATTRS{idVendor}=="0403", ATTRS{idProduct}=="6010", TAG+="uaccess"'
    assert (rule in shown) is not permitted


def test_doctor_without_a_port_says_so(run, monkeypatch):
    monkeypatch.setattr(list_ports, "comports", list)
    _, shown, _ = run("doctor")
    assert "No serial port was found" in shown
