"""History: a resumed run has the same rows as an uninterrupted one; damage is reported."""

import json
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small import save_data, save_small, small_config, small_data

from pulsetrain.cli import main
from pulsetrain.device import learning_digest
from pulsetrain.golden import GoldenEngine
from pulsetrain.golden.synapse import COUNTERS, DEVICE_PULSES
from pulsetrain.run import (
    CHECKPOINT,
    HISTORY,
    PROGRESS,
    Checkpoint,
    HistoryError,
    RunHistory,
    confusion_matrix,
    read_checkpoint,
    read_history,
    run_training,
    write_checkpoint,
    write_history,
)
from pulsetrain.run.loop import FIRST_CHUNK

CONFIG = small_config()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Every test works in a folder with `small.toml` and `small.npz`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    save_small(tmp_path)
    return tmp_path


@pytest.fixture
def train(capsys):
    """Train `small.toml` for three epochs with the command: (status, error)."""
    def train(*arguments):
        with pytest.raises(SystemExit) as info:
            main(["train", "small.toml", "--data", "npz:small.npz", "--epochs", "3",
                  *(str(argument) for argument in arguments)])
        return info.value.code or 0, capsys.readouterr().err
    return train


def history(run):
    return read_history(Path(run) / HISTORY)


def test_a_run_folder_holds_what_the_run_did(train):
    assert train("--run", "deep/run", "--validation", 10) == (0, "")
    engine = GoldenEngine(CONFIG)
    data = small_data(CONFIG)
    summary = run_training(engine, data, epochs=3, validation=10)
    assert history("deep/run") == RunHistory(
        config="small", digest=learning_digest(CONFIG), data="npz:small.npz", validation=10,
        before=dict.fromkeys(COUNTERS, 0), device_pulses_before=dict.fromkeys(DEVICE_PULSES, 0),
        epochs=summary.epochs,
        confusion=tuple(map(tuple, confusion_matrix(
            engine, data.x_test, data.y_test).tolist())))
    assert read_checkpoint(Path("deep/run") / CHECKPOINT, CONFIG).epoch == 3
    assert sorted(path.name for path in Path("deep/run").iterdir()) == [CHECKPOINT, HISTORY,
                                                                      PROGRESS]


def test_a_run_is_also_kept_within_an_epoch(monkeypatch, capsys):
    kept = []

    def note(path, checkpoint):
        write_checkpoint(path, checkpoint)
        kept.append((checkpoint.epoch, checkpoint.position, len(history("run").epochs)))

    monkeypatch.setattr("pulsetrain.cli.record.write_checkpoint", note)
    with pytest.raises(SystemExit):
        main(["train", "digits", "--engine", "numpy", "--samples", "200", "--run", "run"])
    assert kept[0] == (0, FIRST_CHUNK, 1)
    assert kept[-1] == (0, 200, 1)


def test_the_confusion_matrix_counts_true_classes_in_rows():
    engine, data = GoldenEngine(CONFIG), small_data(CONFIG)
    engine.train(data.x_train, data.y_train)
    matrix = confusion_matrix(engine, data.x_test, data.y_test)
    classes = engine.infer(data.x_test, data.y_test).classes
    assert matrix.sum() == len(data.x_test) == 12
    for true in range(3):
        for given in range(3):
            assert matrix[true, given] == ((data.y_test == true) & (classes == given)).sum()
    assert not np.array_equal(matrix, matrix.T)
    assert confusion_matrix(engine, data.x_test[:0], data.y_test[:0]) is None


@pytest.mark.parametrize("stops", [[40], [17], [57, 3, 40], [119], [1, 1, 1]])
def test_a_resumed_history_equals_that_of_an_uninterrupted_run(train, stops):
    train("--run", "whole")
    train("--run", "part", "--samples", stops[0])
    resume = ("--run", "part", "--resume", Path("part") / CHECKPOINT)
    for stop in stops[1:]:
        assert train(*resume, "--samples", stop) == (0, "")
    assert train(*resume) == (0, "")
    for file in (HISTORY, CHECKPOINT):
        assert Path("part", file).read_bytes() == Path("whole", file).read_bytes()


def test_a_finished_run_changes_nothing(train):
    train("--run", "a")
    before = Path("a", HISTORY).read_bytes()
    assert train("--run", "a", "--resume", Path("a") / CHECKPOINT) == (0, "")
    assert Path("a", HISTORY).read_bytes() == before


def test_an_older_checkpoint_drops_the_rows_after_it(train):
    train("--run", "a", "--samples", 57)
    older = Path("a", CHECKPOINT).read_bytes()
    train("--run", "a", "--resume", Path("a") / CHECKPOINT)
    whole = Path("a", HISTORY).read_bytes()
    Path("older.npz").write_bytes(older)
    train("--run", "a", "--resume", "older.npz", "--samples", 10)
    assert [row.samples for row in history("a").epochs] == [40, 27]
    train("--run", "a", "--resume", Path("a") / CHECKPOINT)
    assert Path("a", HISTORY).read_bytes() == whole


def test_a_history_can_begin_in_the_middle(train):
    train("--checkpoint", "a.npz", "--samples", 57)
    train("--resume", "a.npz", "--run", "late")
    train("--run", "whole")
    late, whole = history("late"), history("whole")
    assert late.before["samples"] == 57
    assert [(row.number, row.samples) for row in late.epochs] == [(1, 23), (2, 40)]
    assert late.epochs[-1] == whole.epochs[-1]
    assert late.confusion == whole.confusion


def test_a_new_run_begins_a_new_history(train):
    train("--run", "a", "--samples", 90)
    train("--run", "a", "--samples", 10)
    assert [row.samples for row in history("a").epochs] == [10]


def test_zero_epochs_make_a_history_without_rows(train):
    train("--run", "a", "--epochs", 0)
    assert history("a").epochs == ()
    assert history("a").data is None
    train("--run", "a", "--resume", Path("a") / CHECKPOINT)
    train("--run", "whole")
    assert history("a") == history("whole")


def test_ctrl_c_leaves_a_history_that_can_be_continued(train):
    command = [sys.executable, "-m", "pulsetrain.cli", "train", "small.toml", "--data",
               "npz:small.npz", "--run", "a", "--epochs", "1000000"]
    with subprocess.Popen(command, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        for line in process.stdout:
            if line.split()[:1] == ["3"]:
                break
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "a/checkpoint.npz holds the state" in error
    stopped = history("a")
    assert stopped.confusion is None
    epochs = len(stopped.epochs) + 1
    for run in (["--run", "a", "--resume", Path("a") / CHECKPOINT], ["--run", "whole"]):
        assert train(*run, "--epochs", epochs) == (0, "")
    assert history("a") == history("whole")


@pytest.mark.parametrize(("arguments", "message"), [
    (["--set", "update.method=single"],
     r"a/history.json: is of the configuration 'small' with the digest \w{12}…, not of "),
    (["--checkpoint", "b.npz"], r"--run a writes a/checkpoint.npz itself: leave out --checkpoint"),
    (["--resume", "held.npz"], r"a/history.json: was made with --validation 0, not with 5"),
    (["--resume", "ahead.npz"],
     r"a/history.json: ends in epoch 1, but the checkpoint continues in epoch 3"),
    (["--resume", "other.npz"], r"a/history.json: counts 20 samples, .* not of the same run"),
    (["--resume", "a/checkpoint.npz", "--data", "npz:twin.npz"],
     r"a/history.json: was made with --data npz:small.npz, not with npz:twin.npz"),
])
def test_unsuitable_continuations_are_refused_before_any_work(train, arguments, message):
    train("--checkpoint", "ahead.npz", "--samples", 90)
    train("--checkpoint", "held.npz", "--samples", 20, "--validation", 5)
    other = small_data(CONFIG, seed=6)
    save_data(other, "others.npz")
    train("--checkpoint", "other.npz", "--samples", 20, "--data", "npz:others.npz")
    Path("twin.npz").write_bytes(Path("small.npz").read_bytes())
    train("--run", "a", "--samples", 20)
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    status, error = train("--run", "a", *arguments)
    assert status == 2
    assert error.startswith("error: ")
    assert len(error.splitlines()) == 1
    assert re.search(message, error), error
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before


def test_what_is_written_is_read():
    engine = GoldenEngine(CONFIG)
    summary = run_training(engine, small_data(CONFIG), epochs=2)
    start = Checkpoint(state=engine.read(), epoch=2, position=0, config=CONFIG)
    written = replace(
        RunHistory(config="small", digest="d", data=None, validation=0,
                before=dict.fromkeys(engine.read().counters, 0)),
        epochs=summary.epochs, confusion=((1, 2), (3, 4)))
    write_history(Path("a.json"), written)
    assert read_history(Path("a.json")) == written
    assert written.continued(start).epochs == summary.epochs


def test_counters_that_overflow_still_count():
    before = dict.fromkeys(COUNTERS, 2**32 - 5)
    empty = RunHistory(config="small", digest="d", data=None, validation=0, before=before)
    result = run_training(GoldenEngine(CONFIG), small_data(CONFIG), epochs=1).epochs[0]
    after = dict.fromkeys(before, 7)
    assert empty.with_epoch(result, after).epochs[0].pulses == 12


@pytest.mark.parametrize(("change", "message"), [
    (lambda content: content[:50], r"a.json: is not a history: Invalid JSON"),
    (lambda content: b"[]", r"a.json: is not a history: "),
    (lambda content: content.replace(b'"pulses": 0', b'"pulse": 0'),
     r"is not a history: before: must be a count of each of samples, errors, pulses, refreshes"),
    (lambda content: content.replace(b'"digest"', b'"digits"'),
     r"is not a history: digest: is missing"),
    (lambda content: content.replace(b'"epochs": []', b'"epochs": [{"number": "x"}]'),
     r"is not a history: epochs.0.number: must be an integer in 0..\d+, not 'x'"),
])
def test_damage_is_reported(change, message):
    write_history(Path("a.json"), RunHistory(
        config="small", digest="d", data=None, validation=0,
        before=dict.fromkeys(COUNTERS, 0)))
    assert json.loads(Path("a.json").read_text())["confusion"] is None
    Path("a.json").write_bytes(change(Path("a.json").read_bytes()))
    with pytest.raises(HistoryError, match=message):
        read_history(Path("a.json"))


@pytest.fixture
def rewritten():
    """Train two epochs, change the history's JSON by a function, and read it."""
    engine, data = GoldenEngine(CONFIG), small_data(CONFIG)
    summary = run_training(engine, data, epochs=2)
    matrix = confusion_matrix(engine, data.x_test, data.y_test).tolist()
    write_history(Path("a.json"), RunHistory(
        config="small", digest="d", data=None, validation=0, before=dict.fromkeys(COUNTERS, 0),
        device_pulses_before=dict.fromkeys(DEVICE_PULSES, 0), epochs=summary.epochs,
        confusion=tuple(map(tuple, matrix))))

    def rewritten(change):
        content = json.loads(Path("a.json").read_text())
        change(content)
        Path("a.json").write_text(json.dumps(content))
        return read_history(Path("a.json"))
    return rewritten


def set_in(*path):
    """A function that changes a JSON value, by the keys that lead to it."""
    *way, last, value = path

    def change(content):
        for key in way:
            content = content[key]
        content[last] = value
    return change


COUNT = r"must be an integer in 0\.\.\d+, not "
SQUARE = "must be a square table with a row and a column for each class, which counts .*, not "


@pytest.mark.parametrize(("change", "message"), [
    (set_in("confusion", []), f"confusion: {SQUARE}\\[\\]"),
    (set_in("confusion", [[1, 2], [3]]), f"confusion: {SQUARE}\\[\\[1, 2\\], \\[3\\]\\]"),
    (set_in("confusion", [[]]), f"confusion: {SQUARE}"),
    (set_in("confusion", [[0] * 3] * 3), f"confusion: {SQUARE}"),
    (set_in("confusion", [[1] * 200] * 201), f"confusion: {SQUARE}.{{1,80}}$"),
    (set_in("confusion", 1, 2, -1), f"confusion.1.2: {COUNT}-1"),
    (set_in("confusion", 1, 2, 0.5), f"confusion.1.2: {COUNT}0.5"),
    (set_in("confusion", "none"), "confusion: must be a valid array, not 'none'"),
    (set_in("epochs", 0, "samples", 0),
     r"epochs.0.samples: must be an integer in 1..4294967295, not 0"),
    (set_in("epochs", 1, "pulses", int("9" * 400)), f"epochs.1.pulses: {COUNT}9+\\.\\.\\.9+$"),
    (set_in("epochs", 1, "refreshes", -3), f"epochs.1.refreshes: {COUNT}-3"),
    (set_in("epochs", 1, "pulses", "12"), f"epochs.1.pulses: {COUNT}'12'"),
    (set_in("epochs", 1, "pulses", True), f"epochs.1.pulses: {COUNT}True"),
    (set_in("epochs", 1, "ltp_pulses", -1), f"epochs.1.ltp_pulses: {COUNT}-1"),
    (set_in("epochs", 0, "errors", 41),
     "epochs.0.errors: must be at most the 40 samples of its epoch, not 41"),
    *((set_in("epochs", 1, name, value),
       f"epochs.1.{name}: must be a number in 0..1, not {shown}$")
      for name in ("accuracy", "validation_accuracy")
      for value, shown in ((5.0, "5.0"), (-0.1, "-0.1"), (float("nan"), "nan"),
                           (float("inf"), "inf"), ("Infinity", "'Infinity'"), (True, "True"))),
    (set_in("epochs", 1, "number", 0),
     "epochs.1.number: must be 1, the epoch after the one before it, not 0"),
    (set_in("epochs", 1, "number", 2), "epochs.1.number: must be 1, .*, not 2"),
    (lambda content: content["epochs"].reverse(), "epochs.1.number: must be 2, .*, not 0"),
    (lambda content: content["epochs"].extend(content["epochs"]), "epochs.2.number: must be 2, "),
    (set_in("epochs", 0, "epoch", 0),
     r"epochs.0.epoch and position: must be 1 and 0, the end of its epoch, not \(0, 0\)"),
    (set_in("epochs", 1, "epoch", 7), "epochs.1.epoch and position: must be 2 and 0, .*, or 1 and"),
    (set_in("epochs", 1, "position", -1), f"epochs.1.position: {COUNT}-1"),
    (set_in("epochs", {}), "epochs: must be a valid array, not {}"),
    (set_in("before", "pulses", 2**32), f"before.pulses: {COUNT}4294967296"),
    (set_in("before", {}), "before: must be a count of each of samples, errors, pulses, refreshes"),
    (set_in("device_pulses_before", {"ltp_pulses": 1}),
     "device_pulses_before: must be a count of each of ltp_pulses, ltd_pulses, "),
    (set_in("validation", -1), f"validation: {COUNT}-1"),
    (set_in("digest", 5), "digest: must be a valid string, not 5"),
])
def test_impossible_content_is_one_line_with_its_key(rewritten, change, message):
    rewritten(lambda content: None)
    with pytest.raises(HistoryError, match=message) as info:
        rewritten(change)
    assert str(info.value).startswith("a.json: is not a history: ")
    assert len(str(info.value).splitlines()) == 1
    assert len(str(info.value)) < 300


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 5000, "[" * 5000 + "]" * 5000, "nul", "\x00"])
def test_invalid_json_is_one_line(rewritten, value):
    rewritten(lambda content: None)
    text = Path("a.json").read_text().replace('"validation": 0', f'"validation": {value}')
    Path("a.json").write_text(text)
    with pytest.raises(HistoryError, match=r"a\.json: is not a history: Invalid JSON: ") as info:
        read_history(Path("a.json"))
    assert len(str(info.value).splitlines()) == 1


def test_a_history_of_an_earlier_version_has_no_device_pulses(rewritten):
    def earlier(content):
        del content["device_pulses_before"]
        for row in content["epochs"]:
            for name in DEVICE_PULSES:
                del row[name]

    old = rewritten(earlier)
    assert old.device_pulses_before is None
    assert {row.device_pulses for row in old.epochs} == {None}
    known = dict.fromkeys(DEVICE_PULSES, 10**6)
    last = replace(old.epochs[-1], number=2, epoch=3)
    assert old.with_epoch(last, dict.fromkeys(COUNTERS, 0), known).epochs[-1].ltp_pulses is None


def test_a_checkpoint_with_other_device_pulses_is_not_of_the_run(rewritten):
    history = rewritten(lambda content: None)
    engine = GoldenEngine(CONFIG)
    run_training(engine, small_data(CONFIG), epochs=2)
    state = engine.read()
    start = Checkpoint(state=state, epoch=2, position=0, config=CONFIG)
    assert history.continued(start).epochs == history.epochs
    state.device_pulses["erase_pulses"] += 2
    with pytest.raises(HistoryError, match="they are not of the same run"):
        history.continued(start)
    state.device_pulses = None
    assert history.continued(start).epochs == history.epochs


def test_a_missing_history_is_reported():
    with pytest.raises(HistoryError, match=r"a\.json: there is no such history"):
        read_history(Path("a.json"))
    Path("b.json").mkdir()
    with pytest.raises(HistoryError, match=r"b\.json: a history must be a file, not a folder"):
        read_history(Path("b.json"))
