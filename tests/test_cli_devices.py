"""`devices` and `devices show`: what they list, report, draw and refuse."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pulsetrain.spec.presets import presets

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with the documentation's example, on a wide terminal without colours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    shutil.copy(ROOT / "docs" / "example" / "device.csv", tmp_path)


def test_help_has_examples(run):
    for command in (("devices",), ("devices", "show")):
        status, shown, _ = run(*command, "--help")
        assert status == 0
        assert "pulsetrain devices show hzo-fefet --plot fefet.png" in shown
        assert "--json" in shown


def test_the_list_names_all_devices(run):
    status, shown, _ = run("devices", "--json", "list.json")
    assert status == 0
    assert all(name in shown for name in presets())
    assert "GSD, unverified" in shown
    assert "< 0.5 %" in shown
    listed = json.loads(Path("list.json").read_text())["devices"]
    figures = {entry["name"]: entry for entry in listed}
    assert figures.keys() == presets().keys()
    fefet = figures["hzo-fefet"]
    assert (fefet["levels"], fefet["on_off_ratio"], fefet["cycle_sigma"]) == (32, 45, 0.005)
    assert fefet["bends"]["depression"]["nl"] == pytest.approx(1.46)
    assert (fefet["cycle_sigma_is_bound"], figures["gsd"]["verified"]) == (True, False)


@pytest.mark.parametrize("name", sorted(presets()))
def test_every_device_can_be_shown(run, name):
    status, shown, _ = run("devices", "show", name, "--json", "-")
    assert status == 0
    assert json.loads(shown)["levels"] == presets()[name].device["levels"]


def test_a_preset_with_settings(run):
    status, shown, _ = run("devices", "show", "ag-a-si", "--set", "device.levels=64",
                           "--set", "update.method=unidirectional")
    assert status == 0
    assert "64 (Pmax = 63 pulses up)" in shown
    assert "64, 1 from level to level, in 6 bits" in shown
    assert "3.08 nS, 38.5 nS" in shown
    assert "u = 4.992, A = 12.62 pulses, NL = -4.880" in shown
    assert "2.18 steps (cycle_sigma = 0.035)" in shown


def test_measured_points(run):
    status, shown, _ = run("devices", "show", "device.csv", "--json", "device.json")
    assert status == 0
    assert "32 readings, 0 of them repeated" in shown
    assert "1.15 µS, 10.8 µS" in shown
    assert "-5.78 %" in shown
    figures = json.loads(Path("device.json").read_text())
    assert figures["fits"]["potentiation"]["u"] == pytest.approx(2.2, abs=0.1)
    assert figures["fits"]["depression"]["u"] == pytest.approx(3.1, abs=0.1)
    assert figures["fits"]["depression"]["wrong_way"] == 2
    assert figures["range_mismatch"] == pytest.approx({"top": -0.0578, "bottom": 0.0351}, abs=1e-4)
    assert figures["points"]["readings"] == 32
    assert len(figures["points"]["ltp"]) == 16


def test_cycles_are_reported(run):
    Path("cycles.csv").write_text(
        "pulse,ltp_uS,ltd_uS\n" + "".join(f"{pulse},{1 + pulse % 3},{3 - pulse % 3}\n"
                                          for pulse in range(8)))
    status, shown, _ = run("devices", "show", "cycles.csv", "--json", "cycles.json")
    assert status == 0
    assert "16 readings, 10 of them repeated" in shown
    assert "LTP: 3 cycles averaged, of 2 to 3 pulse numbers each." in shown
    assert "LTD: 3 cycles averaged, of 2 to 3 pulse numbers each." in shown
    figures = json.loads(Path("cycles.json").read_text())
    assert figures["levels"] == 3
    assert figures["points"]["cycles"]["ltp"] == {"count": 3, "shortest": 2, "longest": 3}


def test_a_missing_depression_is_reported(run):
    Path("up.csv").write_text("pulse,ltp_uS\n0,1\n1,2\n2,\n")
    status, shown, _ = run("devices", "show", "up.csv")
    assert status == 0
    assert "There is no LTD: depression mirrors potentiation." in shown


def test_a_scaled_depression(run):
    Path("low.csv").write_text("pulse,ltp_uS,ltd_uS\n0,10,5\n1,11,4\n2,12,3\n3,13,2.5\n4,14,2\n")
    status, _, error = run("devices", "show", "low.csv")
    assert status == 2
    assert re.search(r'low\.csv: device\.ltd: .* 10 µS to 14 µS .*ltd_range = "scale".*\[2 µS, 5',
                     error)
    status, shown, _ = run("devices", "show", "low.csv", "--set", "device.ltd_range=scale")
    assert status == 0
    assert "LTD is scaled: its ends, 5 µS and 2 µS, count as those of LTP, 14 µS and" in shown
    assert run("devices", "show", "low.csv", "--set", "device.ltd_range=scale",
               "--plot", "low.svg")[0] == 0


@pytest.mark.parametrize("name", [
    "a.tsv", "a.txt", "a.dat", "a.toml", "a", "back\\slash.csv", "no\xa0break.csv",
    "\"both\" 'marks'.csv", "tab\t#5 = 3.csv", "\xa0", "µ.CSV"])
def test_points_may_have_any_name(run, name):
    Path("device.csv").rename(name)
    status, shown, _ = run("devices", "show", name, "--json", "-")
    assert status == 0
    assert json.loads(shown)["points"]["readings"] == 32


def test_which_files_are_read_as_points(run):
    """An existing file that is not a configuration is one, whatever its name."""
    text = 'name = "mine"\n[network]\ninputs = 4\noutputs = 2\n[device]\nlevels = 5\n'
    for name in ("mine.toml", "mine.cfg", "mine"):
        Path(name).write_text("# mine\n\n" + text)
        assert "Device of mine" in run("devices", "show", name)[1]
    Path("digits").write_text("pulse,ltp_uS\n0,1\n1,2\n")
    assert "Device of digits" in run("devices", "show", "digits")[1]
    assert "levels         │ 2 " in run("devices", "show", "./digits")[1]
    Path("notes.txt").write_text("hello\n")
    status, _, error = run("devices", "show", "notes.txt")
    assert (status, "notes.txt, line 1: the header must be" in error) == (2, True)
    Path("photo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    status, _, error = run("devices", "show", "photo.png")
    assert (status, "line 1 has the byte 0x89, which is not UTF-8" in error) == (2, True)
    Path("folder.csv").mkdir()
    status, _, error = run("devices", "show", "folder.csv")
    assert (status, "the folder holds no config.json" in error) == (2, True)


def test_the_device_of_a_configuration(run):
    Path("mine.toml").write_text('name = "mine"\n[network]\ninputs = 4\noutputs = 2\n'
                                 '[device]\nfile = "device.csv"\n')
    status, shown, _ = run("devices", "show", "mine.toml")
    assert status == 0
    assert "Device of mine" in shown
    assert "61" not in shown  # a unidirectional update needs no substates
    assert "16, 1 from level to level, in 4 bits" in shown
    assert run("devices", "show", "mnist-64")[0] == 0


@pytest.mark.parametrize(("image", "begin"), [
    ("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.PDF", b"%PDF")])
def test_plots(run, image, begin):
    for name in ("device.csv", "linear", "pcmo"):
        status, shown, _ = run("devices", "show", name, "--plot", image)
        assert status == 0
        assert f"Drew {image}" in shown
        assert Path(image).read_bytes().startswith(begin)


def test_a_plot_labels_its_axes(run):
    assert run("devices", "show", "device.csv", "--plot", "a.svg")[0] == 0
    drawn = Path("a.svg").read_text()
    for text in ("conductance (µS)", "step (µS)", "LTD, measured", "exponential fit",
                 "converter units", "reading (converter units)",
                 "pulse number: 15 potentiating, then 15 depressing"):
        assert text in drawn
    assert run("devices", "show", "linear", "--plot", "a.svg")[0] == 0
    assert "conductance (share of Gmax)" in Path("a.svg").read_text()


def test_the_same_device_gives_the_same_picture(run):
    for name in ("a.svg", "b.svg"):
        assert run("devices", "show", "device.csv", "--plot", name)[0] == 0
    assert Path("a.svg").read_bytes() == Path("b.svg").read_bytes()


@pytest.mark.parametrize(("arguments", "message"), [
    (("fefet",), "fefet: no such configuration; .*or one of the devices ag-a-si, .*file of "),
    (("none.csv",), r"none\.csv: there is no such file of points"),
    (("pcmo", "--set", "device.levels=1"), r"device\.levels: must be an integer in 2\.\.4096"),
    (("pcmo", "--plot", "a.jpg"), r"must be a file that ends in \.png, \.svg, \.pdf, not "),
    (("pcmo", "--plot", "none/a.png"), r"none/a\.png: cannot be written"),
    (("bad.csv",), r"bad\.csv, line 2, column ltp_uS: must be a finite conductance .* not 'x'"),
    (("down.csv",), r"down\.csv: the curve ltp must be higher at its last pulse than at its "),
    (("device.csv", "--set", "device.levels=3"), r"with device\.csv: device\.levels: must be left"),
])
def test_unusable_input_is_refused(run, arguments, message):
    Path("bad.csv").write_text("pulse,ltp_uS\n0,x\n1,2\n")
    Path("down.csv").write_text("pulse,ltp_uS\n0,2\n1,1\n")
    status, _, error = run("devices", "show", *arguments)
    assert status == 2
    assert re.search(message, error), error
    assert not Path("a.png").exists()


def test_other_commands_start_without_drawing():
    code = ("import sys, pulsetrain.cli; "
            "sys.exit(any(name.split('.')[0] == 'matplotlib' for name in sys.modules))")
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_training_with_a_preset_and_with_points(run):
    for setting in ("device.preset=hzo-fefet", "device.file=device.csv"):
        keys = ("--set", setting, "--set", "update.method=bidirectional")
        status, shown, _ = run("train", "digits", "--samples", 200, *keys, "--checkpoint", "a.npz",
                               "--json", "-")
        assert status == 0
        assert json.loads(shown)["samples"] == 200
        assert run("train", "digits", "--samples", 9, *keys, "--resume", "a.npz")[0] == 0


def test_a_generated_folder_holds_the_points(run):
    assert run("generate", "digits", "--set", "device.file=device.csv", "-o", "engine")[0] == 0
    Path("device.csv").unlink()
    status, shown, _ = run("devices", "show", "engine", "--json", "-")
    assert status == 0
    assert json.loads(shown)["fits"]["potentiation"]["wrong_way"] == 0
