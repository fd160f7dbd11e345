"""Waveforms: the recorded window, its content, and the signals that viewers show."""

import re
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from small import EVERYTHING, save_small, small_config, small_data

from pulsetrain.emit import VERILOG, generate
from pulsetrain.golden import GoldenEngine
from pulsetrain.run import BackendStalledError
from pulsetrain.sim import runner
from pulsetrain.sim.verify import verify
from pulsetrain.sim.wave import RecordedEngine, Wave
from pulsetrain.sim.wave_views import GROUPS, shown_signals


def read_vcd(path: Path) -> tuple[dict[str, int], dict[str, list[int]]]:
    """The signals of a file: path -> width, and path -> its known values in order of time."""
    widths, signals, values, scopes = {}, {}, {}, []
    for words in map(str.split, path.read_text().splitlines()):
        if words[:1] == ["$scope"]:
            scopes.append(words[2])
        elif words[:1] == ["$upscope"]:
            scopes.pop()
        elif words[:1] == ["$var"]:
            signal = ".".join([*scopes, words[4]])
            widths[signal] = int(words[2])
            signals.setdefault(words[3], []).append(signal)
        elif len(words) == 2 and re.fullmatch("b[01]+", words[0]):
            for signal in signals[words[1]]:
                values.setdefault(signal, []).append(int(words[0][1:], 2))
        elif len(words) == 1 and words[0][0] in "01":
            for signal in signals.get(words[0][1:], []):
                values.setdefault(signal, []).append(int(words[0][0]))
    return widths, values


@pytest.mark.parametrize(("simulator", "config"), [
    ("native", small_config()), ("icarus", small_config(engine={"lanes": 4, "input": "raw"}))])
def test_the_window_is_recorded_and_every_signal_of_the_list_is_in_it(simulator, config, tmp_path):
    wave = Wave(file=tmp_path / "a.vcd", first=7, last=11)
    report = verify(config, small_data(config), samples=20, every=5, simulator=simulator, wave=wave)
    assert report.equal
    widths, values = read_vcd(wave.file)
    generate(config, tmp_path)
    groups = shown_signals((tmp_path / VERILOG).read_text())
    for name, signals in GROUPS.items():
        assert len(groups[name]) == len(signals), name
    for signal in (signal for signals in groups.values() for signal in signals):
        assert widths[signal.path] == signal.bits, signal.path
    results = [valid for valid, _ in groupby(values["pulsetrain.o_result__valid"])]
    assert results.count(1) == 5  # of samples 7 to 11
    save, commands = (wave.file.with_suffix(ending).read_text() for ending in (".gtkw", ".sucl"))
    assert '[dumpfile] "a.vcd"\n' in save
    assert commands.startswith("load_file a.vcd\n")
    for signal in (signal for signals in groups.values() for signal in signals):
        bits = f"[{signal.bits - 1}:0]" if signal.bits > 1 else ""
        assert f"\n{signal.path}{bits}\n" in save
        assert f"\nvariable_add {signal.path}\n" in commands
    assert "@24\npulsetrain.sequencer.fsm_state[2:0]\n" in save
    largest = next(signal.path for signal in groups["sums"] if "largest" in signal.path)
    assert f"\nvariable_add {largest}\nitem_set_format Signed\n" in commands


@pytest.mark.parametrize(("config", "missing"), [
    (small_config(**EVERYTHING), set()), (small_config(network={"hidden": []}), {"events"})])
def test_every_engine_has_the_signals(config, missing, tmp_path):
    generate(config, tmp_path)
    verilog = (tmp_path / VERILOG).read_text()
    groups = shown_signals(verilog)
    assert {group: len(found) for group, found in groups.items()} == {
        group: len(signals) for group, signals in GROUPS.items() if group not in missing}
    for signal in (signal for signals in groups.values() for signal in signals):
        assert re.search(rf"^  (wire|reg) .*{signal.path.split('.')[-1]}\b", verilog, re.MULTILINE)
    renamed = shown_signals(verilog.replace("read_address", "address_to_read"))
    assert len(renamed["synapses"]) == len(groups["synapses"]) - 1


def test_icarus_writes_fst(tmp_path):
    config = small_config()
    wave = Wave(file=tmp_path / "a.fst", first=0, last=0)
    verify(config, small_data(config), samples=2, every=5, simulator="icarus", wave=wave)
    assert wave.file.read_bytes()[:1] == b"\0"  # a header block
    assert wave.file.stat().st_size < 200_000


def test_native_without_headers_writes_no_fst(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "FST_HEADERS", ("no_such_header.h",))
    (tmp_path / VERILOG).touch()
    with pytest.raises(runner.SimulatorMissingError,
                       match=r"the headers no_such_header\.h to write"):
        runner.build_library(tmp_path / VERILOG, "pulsetrain", tmp_path / "native.cpp", tmp_path,
                             wave=".fst")


class Noting(GoldenEngine):
    """A golden model that notes for which samples it records; sample 9 gets no result."""

    def __init__(self):
        super().__init__(small_config())
        self.recording, self.noted = False, []

    def record(self, recording):
        self.recording = recording

    def train(self, x, labels):
        if len(labels) and labels[-1] == 9:
            raise BackendStalledError("no result", len(labels) - 1)
        self.noted.append((self.recording, len(x)))
        return super().train(x, labels)


def test_calls_are_split_at_the_window_s_ends():
    engine = Noting()
    recorded = RecordedEngine(engine, Wave(file=Path("a.vcd"), first=3, last=6))
    data = small_data(engine.config)
    recorded.load(engine.read())
    recorded.gate, recorded.observe = 200, True
    assert (engine.gate, engine.observe) == (200, True)
    results = [recorded.train(data.x_train[start:start + 5], data.y_train[start:start + 5])
               for start in (0, 5, 10)]
    assert engine.noted == [(False, 3), (True, 2), (True, 2), (False, 3), (False, 5)]
    whole = GoldenEngine(engine.config)
    whole.gate = 200
    classes = whole.train(data.x_train[:15], data.y_train[:15]).classes
    assert np.concatenate([part.classes for part in results]).tolist() == classes.tolist()
    assert not engine.recording


def test_a_replay_is_not_recorded():
    engine = Noting()
    recorded = RecordedEngine(engine, Wave(file=Path("a.vcd"), first=1, last=9))
    data = small_data(engine.config)
    recorded.load(engine.read())
    recorded.train(data.x_train[:1], data.y_train[:1])
    recorded.load(engine.read())
    recorded.train(data.x_train[1:3], data.y_train[1:3])
    assert engine.noted == [(False, 1), (False, 2)]


def test_a_stall_in_the_window_names_its_sample_and_ends_the_recording():
    engine = Noting()
    recorded = RecordedEngine(engine, Wave(file=Path("a.vcd"), first=2, last=9))
    recorded.load(engine.read())
    with pytest.raises(BackendStalledError, match="no result") as info:
        recorded.train(small_data(engine.config).x_train[:5], np.array([0, 1, 2, 0, 9]))
    assert info.value.sample == 4
    assert not engine.recording


@pytest.mark.parametrize(("file", "first", "last", "message"), [
    ("a.lxt", 0, 0, r"must end in \.vcd or \.fst, not 'a\.lxt'"),
    ("a.vcd", 2, 1, "must be FIRST:LAST with 0 <= FIRST <= LAST, not 2:1")])
def test_what_cannot_be_recorded_is_refused(file, first, last, message):
    with pytest.raises(ValueError, match=message):
        Wave(file=Path(file), first=first, last=last)


# The command ------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a configuration and its data, on a wide terminal without colours."""
    save_small(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


VERIFY = ("verify", "small.toml", "--data", "npz:small.npz", "--samples", 4)


def test_the_command_says_how_to_open_the_recording(run, folder):
    status, shown, _ = run(*VERIFY, "--simulator", "icarus", "--wave", "b.vcd",
                           "--wave-samples", "1:2")
    assert status == 0
    assert ("Wrote b.vcd, samples 1 to 2. Open it in its folder:\n"
            "  gtkwave --rcvar 'do_initial_zoom_fit yes' b.vcd b.gtkw\n") in shown
    assert "  surfer --command-file b.sucl\n" in shown
    assert Path("b.vcd").stat().st_size > 1000


def test_a_difference_outside_the_window_says_what_to_add(run, folder):
    run("generate", "small.toml", "-o", "engine")
    path = Path("engine", VERILOG)
    path.write_text(re.sub(r"assign loader__release = (_.*);",
                           r"assign loader__release = 1'b0 & (\1);",
                           path.read_text(), count=1))
    status, shown, _ = run("verify", "engine", *VERIFY[2:], "--simulator", "icarus",
                           "--wave", "b.vcd", "--wave-samples", "3:3", "--every", 1)
    assert status == 1
    assert "add: --simulator native --wave FILE.vcd --wave-samples 0:0" in shown
    assert not Path("b.vcd").exists()


@pytest.mark.parametrize(("arguments", "message"), [
    (("--simulator", "verilator"), "--wave needs --simulator native or icarus, not verilator"),
    (("--wave-samples", "2"), "FIRST <= LAST < --samples (4), not '2'"),
    (("--wave-samples", "2:4"), "FIRST <= LAST < --samples (4), not '2:4'"),
    (("--wave", "b.ghw"), "--wave: the waveform file must end in .vcd or .fst, not 'b.ghw'"),
    (("--wave", "none/b.vcd"), "none/b.vcd: cannot be written")])
def test_the_command_refuses_before_it_works(run, folder, arguments, message):
    status, _, error = run(*VERIFY, "--simulator", "icarus", "--wave", "b.vcd", *arguments)
    assert status == 2
    assert message in error
