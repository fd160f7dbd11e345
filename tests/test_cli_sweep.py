"""`pulsetrain sweep` as a user types it: on this machine, killed and resumed, and on a dask
cluster."""

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import psutil
import pytest
import trustme
from small import save_small

from pulsetrain.cli import main
from pulsetrain.cli.sweep import _rounded
from pulsetrain.golden.synapse import DEVICE_PULSES
from pulsetrain.report import read_sweep
from pulsetrain.spec import load_config
from pulsetrain.sweep import Outcome, load_sweep, plan, run_task
from pulsetrain.sweep.record import read_record
from pulsetrain.sweep.task import COSTS

PYTHON = [sys.executable, "-W", "error"]
INTERRUPTED = [*PYTHON, "-W", "ignore::ResourceWarning"]
"""An interrupt may come between `open` and the start of its `with`, in any library."""
COMMAND = [*INTERRUPTED, "-m", "pulsetrain.cli", "sweep"]
ENVIRONMENT = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
TIMINGS = {"samples_per_second", "seconds"}
ONE_LIFE = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
"""Settings of a scheduler that does not retry a task whose worker died."""

SMALL = """
name = "small"
config = "small.toml"
data = "npz:small.npz"
epochs = 2
seeds = [1, 2]
[[case]]
name = "pulses"
grid = { device.levels = [8, 16] }
[[case]]
name = "floats"
model = "float"
"""
FAILS = """
import threading, time
from dataclasses import replace
import psutil
from pulsetrain.sweep import load_sweep, plan, run_tasks

def kill():
    time.sleep(5)
    worker, = (child for child in psutil.Process().children()
               if "pulsetrain.sweep.worker" in " ".join(child.cmdline()))
    worker.kill()

first, second, *others = plan(load_sweep("sweep.toml"))
tasks = [replace(second, epochs=100000), replace(first, source="npz:nowhere"), *others]
threading.Thread(target=kill).start()
for outcome in run_tasks(tasks, jobs=1):
    print(outcome.task, outcome.error, sep="|")
"""
DIGITS = 'name = "slow"\nconfig = "digits"\nepochs = 150\nseeds = [1, 2, 3, 4, 5]\n'


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with two sweeps: one of small trainings, one of trainings of half a second."""
    save_small(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    Path("sweep.toml").write_text(SMALL)
    Path("slow.toml").write_text(DIGITS)


@pytest.fixture
def run(capsys):
    """Run the command in this process, where nothing is trained: (status, output, errors)."""
    def run(*arguments):
        with pytest.raises(SystemExit) as info:
            main(["sweep", *arguments])
        return info.value.code, *capsys.readouterr()
    return run


def sweep(*arguments):
    """Run the command to its end: (status, standard output, standard error)."""
    ended = subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True,
                           env=ENVIRONMENT, timeout=120, check=False)
    return ended.returncode, ended.stdout, ended.stderr


@contextmanager
def running(*arguments, trainings):
    """A running command, the leader of a process group, after it has reported some `trainings`."""
    with subprocess.Popen([*COMMAND, *map(str, arguments)], env=ENVIRONMENT, text=True,
                          start_new_session=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        try:
            for line in process.stdout:
                trainings -= ", seed " in line
                if not trainings:
                    break
            yield process
        finally:
            process.kill()


def rows_of(path):
    """The rows of a table without their timings, sorted."""
    with Path(path).open(newline="") as file:
        return sorted(sorted((key, text) for key, text in row.items() if key not in TIMINGS)
                      for row in csv.DictReader(file))


@cache
def expected_rows(source):
    """The rows of an undisturbed sweep, trained here one after the other (once for all tests)."""
    return sorted(
        sorted((key, text) for key, text in run_task(task).items() if key not in TIMINGS)
        for task in plan(load_sweep(source)))


# Here -------------------------------------------------------------------------------------------


def test_a_sweep_trains_all_and_shows_mean_and_deviation():
    status, shown, error = sweep("sweep.toml", "--jobs", 2, "--json", "a.json", "--figures", "f")
    assert (status, error) == (0, "")
    assert rows_of("small.csv") == expected_rows("sweep.toml")
    assert "6 trainings of 2 epochs, 6 to do" in shown
    assert "pulses, device.levels=8, seed 1: " in shown
    figures = json.loads(Path("a.json").read_text())
    assert (figures["trainings"], figures["failed"], figures["table"]) == (6, [], "small.csv")
    points = figures["points"]
    assert [(point["case"], point["model"], point["grid"], point["n"]) for point in points] == [
        ("pulses", "pulse", {"device.levels": "8"}, 2),
        ("pulses", "pulse", {"device.levels": "16"}, 2),
        ("floats", "float", {"device.levels": ""}, 2)]
    with Path("small.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["device.levels"] == "8"]
    accuracies = [float(row["accuracy"]) for row in rows]
    for name in DEVICE_PULSES:
        assert points[0][name] == sum(int(row[name]) for row in rows) / 2
    assert points[0]["device_pulses"] == sum(points[0][name] for name in DEVICE_PULSES) > 0
    assert points[0]["synapses_pulsed"] == sum(int(row["pulses"]) for row in rows) / 2
    assert points[2]["device_pulses"] is None
    assert points[0]["mean"] == pytest.approx(sum(accuracies) / 2)
    assert f"{100 * points[0]['mean']:.2f} %" in shown
    assert {path.name for path in Path("f").iterdir()} == {
        f"{name}.{image}" for name in ("accuracy-1-device.levels-pulses", "learning-1-pulses")
        for image in ("svg", "pdf")}
    read = read_sweep(Path("small.csv"))
    assert read.record.text == SMALL
    assert read.record.config == load_config("small.toml")
    assert [point.settings for point in read.record.points] == [
        {"device.levels": "8"}, {"device.levels": "16"}, {}]
    assert all(read.point(group) and len(group.trials) == 2 for group in read.groups)


def test_a_sweep_names_its_counts_in_80_columns(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    finish("small.csv")
    status, shown, _ = run("sweep.toml", "--json", "a.json")
    assert status == 0
    assert "0 to do" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    upper, lower = (line for line in shown.splitlines() if line.startswith("┃"))
    assert [line.strip("┃ ").rpartition("┃")[2].strip() for line in (upper, lower)] == [
        "device", "pulses"]
    points = json.loads(Path("a.json").read_text())["points"]
    cells = [line.strip("│ ").rpartition("│")[2].strip() for line in shown.splitlines()
             if line.startswith("│")]
    assert cells == [f"{points[0]['device_pulses'] / 1e3:.3g} k",
                     f"{points[1]['device_pulses'] / 1e3:.3g} k", "-"]


@pytest.mark.parametrize(("count", "shown"), [
    (None, "-"), (0, "0"), (12.5, "12.5"), (999.4, "999"), (999.6, "1 k"), (1234, "1.23 k"),
    (999_600, "1 M"), (12_345_678, "12.3 M"), (2.5e9, "2.5 G"), (1e13, "10000 G")])
def test_counts_are_shown_in_three_digits(count, shown):
    assert _rounded(count) == shown


def finish(table):
    """Write the table of the whole sweep, trained here; returns the columns of its rows."""
    done = [run_task(task) for task in plan(load_sweep("sweep.toml"))]
    ordered = ["case", "model", "device.levels", "seed", "epochs", "data", "accuracy",
               "accuracy_by_epoch", "errors", "pulses", "refreshes", *DEVICE_PULSES, *COSTS,
               "samples_per_second", "seconds", "digest", "version"]
    with Path(table).open("w", newline="") as file:
        writer = csv.DictWriter(file, ordered, lineterminator="\r\n")  # as a spreadsheet saves it
        writer.writeheader()
        writer.writerows(done)
    return ordered


def test_a_finished_sweep_trains_nothing_again(run):
    columns = list(run_task(plan(load_sweep("sweep.toml"))[0]))
    assert sorted(finish("mine.csv")) == sorted(columns)
    before = Path("mine.csv").read_bytes()
    status, shown, error = run("sweep.toml", "-o", "mine.csv")
    assert (status, error) == (0, "")
    assert "6 trainings of 2 epochs, 0 to do" in shown
    assert Path("mine.csv").read_bytes() == before
    assert read_record(Path("mine.sweep.json")).file == "sweep.toml"


def test_a_killed_sweep_with_a_torn_row_continues_where_it_stopped():
    with running("slow.toml", "--jobs", 1, trainings=2) as process:
        workers = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    assert workers
    assert not psutil.wait_procs(workers, timeout=60)[1]
    content = Path("slow.csv").read_bytes()
    held = content.count(b"\n") - 1
    assert 2 <= held < 5
    Path("slow.csv").write_bytes(content[:-20])
    status, shown, error = sweep("slow.toml", "--jobs", 1)
    assert (status, error) == (0, "")
    assert f"5 trainings of 150 epochs, {5 - (held - 1)} to do" in shown
    assert rows_of("slow.csv") == expected_rows("slow.toml")


def test_ctrl_c_keeps_the_rows_and_says_how_to_continue():
    with running("slow.toml", "--jobs", 1, trainings=1) as process:
        workers = psutil.Process(process.pid).children(recursive=True)
        for _ in range(3):  # sent to the workers too, and pressed more than once
            os.killpg(process.pid, signal.SIGINT)
            time.sleep(0.3)
        shown, error = process.communicate(timeout=60)
    assert process.returncode == 130
    held = Path("slow.csv").read_text().count("\n") - 1
    assert 1 <= held < 5
    assert error == (f"error: interrupted; slow.csv holds {held} of 5 trainings, and the same "
                     "command continues from there\n")
    assert "Ending the worker processes" in shown
    assert not psutil.wait_procs(workers, timeout=10)[1]


def test_failed_trainings_cost_only_their_own_rows():
    Path("fails.py").write_text(FAILS)
    ended = subprocess.run([*PYTHON, "fails.py"], env=ENVIRONMENT | ONE_LIFE, capture_output=True,
                           text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    assert len(lines) == 6
    failed = sorted(line for line in lines if not line.endswith("|None"))
    assert len(failed) == 2
    assert failed[0].startswith(
        "pulses, device.levels=8, seed 1|DataError: nowhere: there is no such .npz archive")
    assert failed[1].startswith(
        "pulses, device.levels=8, seed 2|its worker process died")


def test_failed_trainings_are_reported_and_tried_again(run, monkeypatch):
    def one_fails(tasks, **_):
        yield Outcome(task=tasks[0], error="MemoryError: no more")
        for task in tasks[1:]:
            yield Outcome(task=task, row=run_task(task))

    monkeypatch.setattr("pulsetrain.cli.sweep.run_tasks", one_fails)
    status, shown, error = run("sweep.toml", "--json", "a.json")
    assert status == 1
    assert error.splitlines() == [
        "error: pulses, device.levels=8, seed 1: MemoryError: no more",
        "error: 1 of 6 trainings failed; the same command tries them again"]
    assert "6 to do" in shown
    figures = json.loads(Path("a.json").read_text())
    assert figures["failed"] == ["pulses, device.levels=8, seed 1"]
    assert [point["n"] for point in figures["points"]] == [1, 2, 2]
    _, shown, _ = run("sweep.toml")
    assert "1 to do" in shown


# On a dask cluster ------------------------------------------------------------------------------


@contextmanager
def cluster(workers=2, secrets=()):
    """A dask scheduler and its workers, each a process: (address, scheduler, workers)."""
    def start(program, *arguments, stderr):
        process = stack.enter_context(subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{program}", *arguments,
             "--host", "tls://127.0.0.1" if secrets else "127.0.0.1",
             "--dashboard-address", "127.0.0.1:0", *secrets],
            env=ENVIRONMENT, stderr=stderr, text=True))
        stack.callback(process.kill)
        return process

    with ExitStack() as stack:
        scheduler = start("scheduler", "--port", "0", stderr=subprocess.PIPE)
        lines = iter(scheduler.stderr.readline, "")
        address = next(line.split()[-1] for line in lines if "Scheduler at:" in line)
        started = [
            start("worker", address, "--nthreads", "1", "--no-nanny", stderr=subprocess.DEVNULL)
            for _ in range(workers)]
        for _ in started:
            next(line for line in lines if "Register worker" in line)
        yield address, scheduler, started


@pytest.fixture(scope="module")
def shared_cluster():
    """A cluster for several tests: the first finds both workers, the second kills one, and the last
    kills the scheduler. Alone, each gets a new one."""
    with cluster() as made:
        yield made


def test_a_cluster_gives_the_same_rows(shared_cluster):
    address, _, _ = shared_cluster
    status, shown, error = sweep("sweep.toml", "--scheduler", address)
    assert (status, error) == (0, "")
    assert "6 trainings of 2 epochs, 6 to do" in shown
    assert rows_of("small.csv") == expected_rows("sweep.toml")


def test_a_cluster_with_certificates():
    authority = trustme.CA()
    for folder, issuer in (("ours", authority), ("theirs", trustme.CA())):
        Path(folder).mkdir()
        certificate = issuer.issue_cert("127.0.0.1")
        authority.cert_pem.write_to_path(f"{folder}/ca.pem")
        certificate.cert_chain_pems[0].write_to_path(f"{folder}/cert.pem")
        certificate.private_key_pem.write_to_path(f"{folder}/key.pem")
    secrets = ("--tls-ca-file", "ours/ca.pem", "--tls-cert", "ours/cert.pem",
               "--tls-key", "ours/key.pem")
    with cluster(workers=1, secrets=secrets) as (address, _, _):
        assert address.startswith("tls://")
        for stranger in ((), ("--tls", "theirs")):
            status, _, error = sweep("sweep.toml", "--scheduler", address, *stranger)
            assert status == 2
            assert f"{address}: no dask scheduler answers: " in error
        status, _, error = sweep("sweep.toml", "--scheduler", address, "--tls", "ours")
    assert (status, error) == (0, "")
    assert rows_of("small.csv") == expected_rows("sweep.toml")


def test_incomplete_tls_options_are_refused(run):
    Path("empty").mkdir()
    status, _, error = run("sweep.toml", "--scheduler", "tls://127.0.0.1:1", "--tls", "empty")
    assert (status, error) == (
        2, "error: --tls empty: the folder must hold ca.pem, cert.pem, key.pem\n")
    status, _, error = run("sweep.toml", "--tls", "empty")
    assert (status, error) == (2, "error: --tls is for a cluster: give --scheduler\n")


def test_a_local_sweep_opens_no_port():
    with running("slow.toml", "--jobs", 2, trainings=1) as process:
        parent = psutil.Process(process.pid)
        family = [parent, *parent.children(recursive=True)]
        assert len(family) >= 3
        assert not [one.net_connections("all") for one in family if one.net_connections("all")]
        process.terminate()
        process.communicate(timeout=60)


def test_two_sweeps_do_not_write_one_table(run):
    Path("slow.toml").write_text(DIGITS.replace("[1, 2, 3, 4, 5]", str([*range(1, 100)])))
    with running("slow.toml", "--jobs", 1, trainings=1) as process:
        before = Path("slow.csv").read_bytes()
        status, _, error = run("slow.toml")
        assert status == 2
        assert error == ("error: slow.csv: another sweep writes to this table; wait for it, or "
                         "give another file with -o\n")
        assert Path("slow.csv").read_bytes().startswith(before)
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 130


def test_the_training_of_a_dead_worker_is_given_to_another(shared_cluster):
    address, _, workers = shared_cluster
    with running("slow.toml", "--scheduler", address, trainings=1) as process:
        workers[0].kill()
        _, error = process.communicate(timeout=60)
    assert (process.returncode, error) == (0, "")
    assert rows_of("slow.csv") == expected_rows("slow.toml")


def test_a_lost_scheduler_is_reported(shared_cluster):
    address, scheduler, _ = shared_cluster
    with running("slow.toml", "--scheduler", address, trainings=1) as process:
        scheduler.kill()
        _, error = process.communicate(timeout=60)
    held = len(rows_of("slow.csv"))
    assert process.returncode == 1
    assert 1 <= held < 5
    assert error == (f"error: {address}: the dask scheduler was lost; slow.csv holds {held} of 5 "
                     "trainings, and the same command continues from there\n")


def test_a_scheduler_without_workers_is_reported(run, monkeypatch):
    monkeypatch.setattr("pulsetrain.sweep.execute.PATIENCE", 1)
    with cluster(workers=0) as (address, _, _):
        status, _, error = run("sweep.toml", "--scheduler", address)
    assert status == 2
    assert error == (f"error: {address}: the dask scheduler has no workers; start some with `dask "
                     f"worker {address}`\n")
    assert not Path("small.csv").exists()


@pytest.mark.parametrize("form", ["127.0.0.1:{closed}", "tcp://127.0.0.1:{silent}", "nonsense"])
def test_a_scheduler_that_does_not_answer_is_reported(run, monkeypatch, form):
    monkeypatch.setattr("pulsetrain.sweep.execute.PATIENCE", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with socket.create_server(("127.0.0.1", 0)) as other:
            closed = other.getsockname()[1]
        address = form.format(silent=silent.getsockname()[1], closed=closed)
        status, _, error = run("sweep.toml", "--scheduler", address)
    assert status == 2
    assert error.startswith(f"error: {address}: no dask scheduler answers: ")
    assert len(error.splitlines()) == 1
    assert not Path("small.csv").exists()


# What is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(("arguments", "message"), [
    (["none"], "none: no such sweep; built in are"),
    (["sweep.toml", "--data", "letters"], "data must be digits, mnist:FOLDER, idx:FOLDER, csv"),
    (["sweep.toml", "--data", "digits"], "small: case pulses: digits: samples have 64 inputs"),
    (["sweep.toml", "-o", "missing/a.csv"], "missing/a.csv: cannot be written: No such file"),
    (["sweep.toml", "-o", "sweep.toml"], "sweep.toml: cannot be written by --output: it would"),
    (["sweep.toml", "--json", "missing/a.json"], "missing/a.json: cannot be written"),
    (["sweep.toml", "--jobs", "2", "--scheduler", "tcp://127.0.0.1:1"], "--jobs or --scheduler"),
])
def test_bad_input_is_one_message_and_no_file(run, arguments, message):
    before = {path: path.read_bytes() for path in Path.cwd().iterdir()}
    status, _, error = run(*arguments)
    assert status == 2
    assert error.startswith("error: ")
    assert message in error
    assert len(error.splitlines()) == 1
    assert {path: path.read_bytes() for path in Path.cwd().iterdir()} == before
