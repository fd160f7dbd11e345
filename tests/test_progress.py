"""Progress: what a training writes for programs that follow it, and how they know that it runs."""

import json
import time
from dataclasses import replace
from itertools import pairwise

import pytest
from small import small_config, small_data

from pulsetrain.golden import GoldenEngine
from pulsetrain.run import (
    PROGRESS,
    Point,
    Progress,
    ProgressError,
    ProgressFile,
    is_training,
    progress,
    read_progress,
    run_training,
)

CONFIG = small_config()
DATA = small_data(CONFIG)
COUNT = len(DATA.x_train)


def file_of(folder, engine, **changes):
    return ProgressFile(folder, engine, (0, 0), **{
        "engine": "golden model", "data": "small", "epochs": 3, "count": COUNT, **changes})


@pytest.fixture
def clock(monkeypatch):
    """The time, which only the test moves on: a list of one number."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_a_training_tells_how_far_it_is_and_that_it_runs(tmp_path):
    engine, folder = GoldenEngine(CONFIG), tmp_path / "deep" / "run"
    seen = []
    assert is_training(folder) is False
    with file_of(folder, engine, link=lambda: {"frames_sent": 7}) as written:
        def look(epoch, position):
            written(epoch, position)
            seen.append((is_training(folder), read_progress(folder / PROGRESS).status))
        summary = run_training(engine, DATA, epochs=2, on_chunk=look)
        written.end(summary.epoch, summary.position, interrupted=False)
    assert {*seen} == {(True, "training")}
    assert is_training(folder) is False
    counters = engine.counters()
    got = read_progress(folder / PROGRESS)
    assert replace(got, seconds=0.0, trail=got.trail[-1:]) == Progress(
        status="ended", engine="golden model", config="small", data="small", epochs=3, count=COUNT,
        seconds=0.0, link={"frames_sent": 7}, trail=(Point(
            epoch=2, position=0, samples=2 * COUNT, errors=counters["errors"],
            pulses=counters["pulses"], refreshes=counters["refreshes"]),))
    assert got.trail[0] == Point(epoch=0, position=0, samples=0, errors=0, pulses=0, refreshes=0)
    assert [path.name for path in folder.iterdir()] == [PROGRESS]


def test_counts_begin_where_the_training_continues(tmp_path):
    engine = GoldenEngine(CONFIG)
    engine.train(DATA.x_train, DATA.y_train)
    with file_of(tmp_path, engine) as written:
        engine.train(DATA.x_train[:5], DATA.y_train[:5])
        written.end(0, 5, interrupted=True)
    got = read_progress(tmp_path / PROGRESS)
    assert (got.status, got.trail[-1].samples) == ("interrupted", 5)


def test_a_training_that_fails_says_so(tmp_path):
    with pytest.raises(ZeroDivisionError), file_of(tmp_path, GoldenEngine(CONFIG)):
        raise ZeroDivisionError
    assert read_progress(tmp_path / PROGRESS).status == "failed"
    assert is_training(tmp_path) is False


def test_a_file_is_written_at_most_four_times_per_second(tmp_path, clock):
    with file_of(tmp_path, GoldenEngine(CONFIG)) as written:
        positions = []
        for position in range(1, COUNT):
            clock[0] += 0.1
            written(0, position)
            positions.append(read_progress(tmp_path / PROGRESS).trail[-1].position)
    assert [*dict.fromkeys(positions)] == [1, *range(4, COUNT, 3)]


def test_the_end_of_an_epoch_is_the_beginning_of_the_next(tmp_path):
    with file_of(tmp_path, GoldenEngine(CONFIG)) as written:
        written(1, COUNT)
        last = read_progress(tmp_path / PROGRESS).trail[-1]
    assert (last.epoch, last.position) == (2, 0)


def test_a_trail_stays_short_and_even(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(progress, "POINTS", 8)
    with file_of(tmp_path, GoldenEngine(CONFIG)) as written:
        for position in range(1, 41):
            clock[0] += 1
            written(position, 1)
            got = [point.epoch for point in read_progress(tmp_path / PROGRESS).trail]
            assert len(got) <= 8
            assert got[0] == 0
            assert got[-1] == position
            assert len({after - before for before, after in pairwise(got[:-1])}) <= 1, got
    assert len(got) >= 4


@pytest.mark.parametrize(("change", "message"), [
    ({"status": "asleep"}, "status"),
    ({"trail": []}, "trail"),
    ({"seconds": -1.0}, r"seconds: must be a number in 0\.\.1e\+300, not -1"),
    ({"epochs": "3"}, "epochs: must be an integer in"),
    ({"link": {"frames": -1}}, "link.frames: must be an integer in"),
])
def test_a_file_that_is_not_a_progress_is_refused(tmp_path, change, message):
    with file_of(tmp_path, GoldenEngine(CONFIG)):
        pass
    path = tmp_path / PROGRESS
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ProgressError, match=f"{PROGRESS}: is not the progress of a training: "
                                            f"{message}"):
        read_progress(path)


def test_without_locks_nobody_knows_whether_a_training_runs(tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(progress, "lock", refuse)
    with file_of(tmp_path, GoldenEngine(CONFIG)):
        assert is_training(tmp_path) is None
        assert read_progress(tmp_path / PROGRESS).status == "training"
