"""The parts of a sweep without its processes: a training's row, the table, the summary."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from small import save_small, small_config, small_data, with_energy

from pulsetrain import __version__
from pulsetrain.device import learning_digest
from pulsetrain.golden import GoldenEngine
from pulsetrain.golden.synapse import DEVICE_PULSES
from pulsetrain.run import prices, run_training
from pulsetrain.spec import load_config
from pulsetrain.sweep import (
    ClusterError,
    Table,
    TableError,
    Task,
    load_sweep,
    locked,
    plan,
    run_task,
    summarise,
)
from pulsetrain.sweep.baseline import train_baseline
from pulsetrain.sweep.execute import check_versions
from pulsetrain.sweep.task import COSTS, samples

COLUMNS = ("case", "model", "device.levels", "seed", "epochs", "data", "accuracy",
           "accuracy_by_epoch", "errors", "pulses", "refreshes", *DEVICE_PULSES, *COSTS,
           "samples_per_second", "seconds", "digest", "version")
ROW = "1,pulse,16,1,1,digits,0.5,0.5,7,9,3,9,0,0,0,1e-6,2.5,100,1.0,abc,0.1.0\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with a small configuration and its data."""
    save_small(tmp_path)
    monkeypatch.chdir(tmp_path)
    samples.cache_clear()


def task(seed=1, levels=16, case="one", **changes):
    return Task(**{
        "case": case, "model": "pulse", "grid": (("device.levels", str(levels)),),
        "config": small_config(seed=seed, device={"levels": levels}), "epochs": 3,
        "data": "npz:small.npz", "source": f"npz:{Path('small.npz').resolve()}", **changes})


def table_of(text):
    """A table with the one line `text`."""
    return f"{','.join(COLUMNS)}\n{text.rstrip()}\n".encode()


def row(of, accuracy="0.5"):
    return {**dict.fromkeys(COLUMNS, ""), **of.identity, "accuracy": accuracy}


# A training -------------------------------------------------------------------------------------


def test_a_row_holds_what_the_training_did():
    got = run_task(task(seed=7))
    engine = GoldenEngine(small_config(seed=7))
    epochs = run_training(engine, small_data(small_config()), epochs=3).epochs
    assert set(got) == set(COLUMNS)
    assert [float(text) for text in got["accuracy_by_epoch"].split()] == [
        round(epoch.accuracy, 6) for epoch in epochs]
    assert float(got["accuracy"]) == round(epochs[-1].accuracy, 6)
    for counter in ("errors", "pulses", "refreshes"):
        assert int(got[counter]) == engine.read().counters[counter]
    for counter, count in engine.device_pulses().items():
        assert int(got[counter]) == count
    assert (got["case"], got["device.levels"], got["seed"], got["epochs"], got["data"]) == (
        "one", "16", "7", "3", "npz:small.npz")
    assert got["digest"] == learning_digest(small_config(seed=7))
    assert got["version"] == __version__
    assert float(got["samples_per_second"]) > 0


def test_a_row_has_energy_and_time_where_they_are_counted():
    config = with_energy(small_config())
    engine = GoldenEngine(config)
    spent = [epoch.costs(prices(config))
             for epoch in run_training(engine, small_data(config), epochs=3).epochs]
    got = run_task(task(config=config))
    assert float(got["joules"]) == pytest.approx(sum(each.total_joules for each in spent), 1e-5)
    assert float(got["array_seconds"]) == pytest.approx(
        sum(each.total_seconds for each in spent), 1e-5)
    assert {run_task(task())[name] for name in COSTS} == {""}


def test_floats_by_back_propagation_learn_the_digits():
    config = load_config("digits", settings=["seed=3"])
    got = run_task(Task(case="float", model="float", grid=(), config=config, epochs=3,
                        data="digits", source="digits"))
    by_epoch = [float(text) for text in got["accuracy_by_epoch"].split()]
    assert len(by_epoch) == 3
    assert by_epoch[-1] == float(got["accuracy"]) > 0.9 > by_epoch[0]
    assert {got[name] for name in ("errors", "pulses", "refreshes", *DEVICE_PULSES)} == {""}


@pytest.mark.parametrize("hidden", [[], [5], [6, 4]])
def test_floats_repeat_from_their_seed(hidden):
    config = small_config(network={"hidden": hidden})
    data = small_data(config)
    first, second = (train_baseline(config, data, epochs=4)[0] for _ in range(2))
    other, _ = train_baseline(small_config(network={"hidden": hidden}, seed=2), data, epochs=4)
    assert first == second
    assert first != other


# The table --------------------------------------------------------------------------------------


def test_the_table_grows_and_is_read_again():
    tasks = [task(seed) for seed in (1, 2, 3)]
    table = Table(Path("a.csv"), tasks)
    assert not Path("a.csv").exists()
    for done in tasks[:2]:
        table.append(row(done))
    assert set(table.rows) == {done.key for done in tasks[:2]}
    again = Table(Path("a.csv"), tasks)
    assert again.rows == table.rows
    again.append(row(tasks[2], "1.0"))
    with Path("a.csv").open(newline="") as file:
        assert list(csv.DictReader(file)) == [row(tasks[0]), row(tasks[1]), row(tasks[2], "1.0")]


@pytest.mark.parametrize("there", [False, True])
def test_a_file_is_unchanged_if_no_row_was_added(there):
    if there:
        Path("a.csv").touch()
    Path("link.csv").symlink_to("a.csv")
    with locked(Path("link.csv")):
        Table(Path("link.csv"), [task()])
    assert Path("link.csv").is_symlink()
    assert Path("a.csv").exists() == there


@pytest.mark.parametrize("missing", [COSTS, (*COSTS, *DEVICE_PULSES)])
def test_a_table_of_an_earlier_version_is_continued_without_its_columns(missing):
    earlier = tuple(name for name in COLUMNS if name not in missing)
    tasks = [task(1), task(2)]
    old = {name: text for name, text in (row(tasks[0]) | {"pulses": "7"}).items()
           if name in earlier}
    with Path("a.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, earlier, lineterminator="\n")
        writer.writeheader()
        writer.writerow(old)
    before = Path("a.csv").read_bytes()
    table = Table(Path("a.csv"), tasks)
    table.append(run_task(task(2)))
    assert Path("a.csv").read_bytes().startswith(before)
    again = Table(Path("a.csv"), tasks).rows
    assert [len(again), again[tasks[0].key]] == [2, old]
    assert set(again[tasks[1].key]) == {*earlier}
    point, = summarise(tasks, again)
    assert point.synapses_pulsed == (7 + int(again[tasks[1].key]["pulses"])) / 2
    assert point.device_pulses is point.ltp_pulses is point.joules is None


@pytest.mark.parametrize("changes", [
    {"seed": 2}, {"levels": 8}, {"epochs": 4}, {"data": "npz:other.npz"}, {"model": "float"},
    {"config": small_config(update={"method": "single"})}])
def test_rows_of_other_trainings_are_kept_and_not_counted(changes):
    first = Table(Path("a.csv"), [task()])
    first.append(row(task()))
    before = Path("a.csv").read_bytes()
    other = Table(Path("a.csv"), [task(**changes)])
    assert other.rows == {}
    assert Path("a.csv").read_bytes() == before
    other.append(row(task(**changes)))
    assert len(Table(Path("a.csv"), [task(), task(**changes)]).rows) == 2


def test_an_incomplete_last_line_is_cut_off():
    tasks = [task(1), task(2)]
    header = ",".join(COLUMNS).encode() + b"\n"
    table = Table(Path("a.csv"), tasks)
    table.append(row(tasks[0]))
    one = Path("a.csv").read_bytes()
    table.append(row(tasks[1]))
    two = Path("a.csv").read_bytes()
    for length in range(len(two) + 1):
        Path("a.csv").write_bytes(two[:length])
        rows = (length >= len(one)) + (length == len(two))
        assert len(Table(Path("a.csv"), tasks).rows) == rows
        begin = header if length >= len(header) else b""
        assert Path("a.csv").read_bytes() == [begin, one, two][rows]


@pytest.mark.parametrize(("content", "message"), [
    (b"notes of mine", "its columns must be case, model, device.levels, seed, .*, not notes of"),
    (b"a,b\n1,2\n", "its columns must be case, .*, not a, b; give another file with -o"),
    (b"\x93NUMPY\x01\n", "must be text in UTF-8, not the byte 0x93"),
    (table_of("one,pulse"),
     "line 2: must have a cell for each of 21 columns, not 2; correct or remove the line"),
    (table_of(",".join(["one"] * 21)), 'line 2: model must be one of "pulse", "float", not .one.'),
    (table_of(ROW.replace(",7,9,", f",7,{'9' * 5000},")),
     "line 2: pulses must be an integer of at most 20 digits, or empty, not .{80}; correct"),
    (table_of("x" * 140_000), r"cannot be read: field larger than field limit \(131072\)"),
    (b"\xef\xbb\xbf", "its columns must be case"),
    (table_of(ROW) + b"x", "is the table of another sweep, with the cases 1; give"),
])
def test_another_file_is_refused_and_not_changed(content, message):
    Path("a.csv").write_bytes(content)
    with pytest.raises(TableError, match=f"a.csv: .*{message}"):
        Table(Path("a.csv"), [task()])
    assert Path("a.csv").read_bytes() == content


# The summary ------------------------------------------------------------------------------------


def test_the_summary_is_mean_and_deviation_over_the_seeds():
    tasks = [task(seed, levels, case) for case in ("one", "two") for levels in (8, 16)
             for seed in (1, 2, 3)]
    rows = {done.key: row(done, accuracy) for done, accuracy in zip(
        tasks, ["0.5", "0.6", "0.9", "0.25", "0.75", "0.5", "0.125"], strict=False)}
    points = summarise(tasks, rows)
    assert [(point.case, point.grid["device.levels"], point.n) for point in points] == [
        ("one", "8", 3), ("one", "16", 3), ("two", "8", 1), ("two", "16", 0)]
    assert points[0].mean == pytest.approx(2 / 3)
    assert points[0].deviation == pytest.approx(np.std([0.5, 0.6, 0.9], ddof=1))
    assert (points[1].mean, points[1].deviation) == (0.5, 0.25)
    assert (points[2].mean, points[2].deviation) == (0.125, None)
    assert (points[3].mean, points[3].deviation) == (None, None)
    assert {point.device_pulses for point in points} == {None}


def test_the_summary_has_the_means_of_the_counts():
    tasks = [task(seed) for seed in (1, 2)]
    rows = {done.key: row(done) | {"pulses": pulses, "refreshes": "3", "ltp_pulses": ltp,
                                   "ltd_pulses": "0", "erase_pulses": "6",
                                   "reprogram_pulses": "41", "joules": "1e-3"}
            for done, pulses, ltp in zip(tasks, ("10", "20"), ("10", "30"), strict=True)}
    point, = summarise(tasks, rows)
    assert (point.synapses_pulsed, point.pairs_refreshed) == (15, 3)
    assert (point.ltp_pulses, point.ltd_pulses, point.erase_pulses, point.reprogram_pulses) == (
        20, 0, 6, 41)
    assert point.device_pulses == 67
    assert (point.joules, point.array_seconds) == (pytest.approx(1e-3), None)


# The page ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["digits-methods", "levels"])
def test_the_page_shows_the_results_of_its_sweeps(name):
    """Except for floating-point networks, which depend on their library."""
    page = (Path(__file__).parent.parent / "docs" / "how-to" / "sweeps.md").read_text("utf-8")
    Path("levels.toml").write_text(re.search(r"```toml\n(.*?)```", page, re.DOTALL)[1], "utf-8")
    tasks = [each for each in plan(load_sweep("levels.toml" if name == "levels" else name))
             if each.model == "pulse"]
    for point in summarise(tasks, {each.key: run_task(each) for each in tasks}):
        cells = [point.case, point.model, *point.grid.values(), str(point.n),
                 f"{100 * point.mean:.2f} % ± {100 * point.deviation:.2f}"]
        pattern = " +│ +".join(map(re.escape, cells))
        shown = re.search(rf"│ {pattern} │ +([0-9.]+) ([Mk]) │", page)
        assert shown, cells
        count = float(shown[1]) * {"M": 1e6, "k": 1e3}[shown[2]]
        assert count == pytest.approx(point.device_pulses, rel=0.005)


# Workers of a cluster ---------------------------------------------------------------------------


@pytest.mark.parametrize(("there", "message"), [
    ("0.0.9", r"must have pulsetrain 0\.1\.0 installed, not 0\.0\.9"),
    (None, r"must have pulsetrain 0\.1\.0 installed, not no pulsetrain at all")])
def test_workers_must_have_the_same_version(there, message):
    def node(version):
        return {"packages": {"pulsetrain": version}}

    versions = {"client": node("0.1.0"), "workers": {
        "tcp://a:1": node("0.1.0"), "tcp://b:2": node(there)}}
    with pytest.raises(ClusterError, match=f"tcp://b:2: the worker {message}"):
        check_versions(versions)
    check_versions({**versions, "workers": {"tcp://a:1": node("0.1.0")}})
