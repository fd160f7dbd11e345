"""For any input of the command: one clear error, a defined status, and nothing lost."""

import io
import json
import os
import signal
import struct
import subprocess
import sys
import time
import zipfile
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from fuzz.client import Server
from small import save_small

from pulsetrain.cli.console import Console, styled
from pulsetrain.errors import printable, shown
from pulsetrain.files import (
    check_writable,
    clear_leftovers,
    temporary_folder,
    write_atomically,
)
from pulsetrain.files.temporary import MARK, PREFIX
from pulsetrain.run import read_checkpoint
from pulsetrain.sim.virtual import VirtualBoard

COMMAND = [sys.executable, "-P", "-m", "pulsetrain.cli"]
TRAIN = ("train", "small.toml", "--data", "npz:small.npz", "--epochs", "1", "--engine", "numpy")
NINES, DEEP = "9" * 5000, "[" * 3000


@pytest.fixture(autouse=True)
def _place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_small(tmp_path)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Give a process that has loaded the command, with these variables in its environment."""
    with ExitStack() as servers:
        @cache
        def server(*environment):
            folder = tmp_path_factory.mktemp("server")
            return servers.enter_context(Server(folder, dict(environment)))
        yield server


def command(*arguments, **options):
    return subprocess.run([*COMMAND, *arguments], **{
        "capture_output": True, "check": False, "timeout": 120,
        "stdin": subprocess.DEVNULL, **options})


def assert_one_line(status, error):
    assert status == 2, error
    assert error.startswith("error: ")
    assert len(error.splitlines()) == 1
    assert len(error) < 1000


# Values and files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [
    ("--set", f"seed={NINES}"), ("--set", "seed=0x" + "f" * 9000), ("--set", f"seed={DEEP}"),
    ("--set", f"seed={DEEP}{']' * 3000}"), ("--lanes", NINES), ("--epochs", NINES),
    ("--set", "device.ltp=[0, 1"), ("--set", "device.ltp=" + "]" * 400),
    ("--set", f"name={'x' * 100_000}"), ("--set", f"{'x' * 100_000}=1"), ("x" * 100_000,),
    ("--set", 'device.file="a\\u0000b"'), ("--set", 'device.file="~nosuchuser/a"'),
    ("--data", "npz:~nosuchuser/a.npz"), ("--data", "mnist:~nosuchuser"),
    ("--set", 'training.data="npz:\\u0000"', "--data", "npz:\0"), ("--data", "npz:" + "x" * 5000),
    ("--data", ""), ("--checkpoint", ""), ("",), ("--set", "seed=nan"),
    ("--set", "variation.step=inf"), ("--set", "seed=1979-05-27"),
], ids=lambda arguments: " ".join(arguments)[:40])
def test_values_are_shown_short(run, arguments):
    status, _, error = run(*TRAIN, *arguments)
    assert_one_line(status, error)


def zipped(changes):
    """An archive with one array, after `changes` to its ZipInfo or its content."""
    file = io.BytesIO()
    array = io.BytesIO()
    np.save(array, np.zeros((4, 6), np.uint8))
    content = bytearray(array.getvalue())
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x_train.npy", changes(content) or bytes(content))
    return bytearray(file.getvalue())


def with_header(text):
    header = text.encode().ljust(118) + b"\n"
    return lambda content: content[:8] + struct.pack("<H", len(header)) + header + bytes(24)


def encrypted():
    content = zipped(lambda content: None)
    for offset, signature in ((6, b"PK\x03\x04"), (8, b"PK\x01\x02")):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


def method(number, version=20):
    content = zipped(lambda content: None)
    for offset, signature in ((4, b"PK\x03\x04"), (6, b"PK\x01\x02")):
        begin = content.index(signature)
        content[begin + offset:begin + offset + 2] = struct.pack("<H", version)
        position = begin + offset + 4
        content[position:position + 2] = struct.pack("<H", number)
    return bytes(content)


def bomb():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive, archive.open(
            "x_train.npy", "w", force_zip64=True) as member:
        for _ in range(520):
            member.write(bytes(2**20))
    return file.getvalue()


ARCHIVES = {
    "encrypted": encrypted,
    "unknown method": lambda: method(99),
    "unknown version": lambda: method(0, version=99),
    "deep header": lambda: bytes(zipped(with_header("(" * 100))),
    "huge shape": lambda: bytes(zipped(with_header(
        "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999, 6)}"))),
    "objects": lambda: bytes(zipped(with_header(
        "{'descr': '|O', 'fortran_order': False, 'shape': (3, 1)}"))),
    "no dtype": lambda: bytes(zipped(with_header(
        "{'descr': 'nonsense', 'fortran_order': False, 'shape': (3, 1)}"))),
    "text": lambda: b"text",
    "empty": lambda: b"",
    "unpacks to 520 MiB": bomb,
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_invalid_archives(run, name):
    Path("a.npz").write_bytes(ARCHIVES[name]())
    for arguments in (("--data", "npz:a.npz"), ("--resume", "a.npz")):
        status, _, error = run(*TRAIN, *arguments)
        assert_one_line(status, error)
        assert error.startswith("error: a.npz: ")


@pytest.mark.parametrize("text", [f"seed = {NINES}", f"seed = {DEEP}", "seed = \0", "\ufffe",
                                  '{"seed": ' + NINES + "}", '{"seed":' * 3000])
@pytest.mark.parametrize("name", ["a.toml", "a.json"])
def test_invalid_texts(run, name, text):
    Path(name).write_text(text, encoding="utf-16" if text == "\ufffe" else "utf-8")
    for arguments in (("train", name), ("sweep", name)):
        status, _, error = run(*arguments)
        assert_one_line(status, error)


def test_a_byte_order_mark_is_accepted(run):
    Path("a.toml").write_bytes(b"\xef\xbb\xbf" + Path("small.toml").read_bytes())
    assert run("train", "a.toml", *TRAIN[2:])[0] == 0


@pytest.mark.parametrize("value", ["1979-05-27", "1979-05-27T07:32:00Z", "07:32:00", NINES])
def test_impossible_values_of_a_grid(run, value):
    Path("s.toml").write_text(f'name = "s"\nconfig = "small.toml"\nepochs = 1\nseeds = [1]\n'
                              f"[grid]\nseed2 = [{value}]\n")
    status, _, error = run("sweep", "s.toml")
    assert_one_line(status, error)


def test_invalid_reports_of_builds(run):
    Path("b").mkdir()
    for text in ('{"digest": "0", "board": []}', '{"digest": "0", "clocks": []}', "[]", "nothing",
                 f'{{"digest": {NINES}}}', '{"digest":' * 3000,
                 '{"digest": "0", "board": "icebreaker", "bitstream": "../small.toml"}',
                 '{"digest": "0", "board": "icebreaker", "bitstream": "/etc/hostname"}',
                 '{"digest": "0", "clocks": {"clk": {"achieved_mhz": NaN}}}'):
        Path("b/report.json").write_text(text)
        for arguments in (("program", "b", "--dry-run"), ("bench", "small.toml", "--build", "b")):
            status, _, error = run(*arguments)
            assert_one_line(status, error)


# What may never end -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["/dev/zero", "pipe", "folder", "loop", "huge"])
def test_unreadable_inputs_are_refused_at_once(server, tmp_path, name):
    if name == "pipe":
        os.mkfifo(name)
    elif name == "folder":
        Path(name).mkdir()
    elif name == "loop":
        Path(name).symlink_to(name)
    elif name == "huge":
        with Path(name).open("wb") as file:
            file.truncate(2**36)
    for arguments in (("train", name), ("sweep", name), ("devices", "show", name),
                      (*TRAIN, "--resume", name), (*TRAIN, "--data", f"npz:{name}"),
                      (*TRAIN, "--set", f"device.file={name}"), ("report", name)):
        ended = server().run(arguments, tmp_path, tmp_path)
        assert_one_line(ended.status, ended.stderr)


@pytest.mark.parametrize("arguments", [
    ("verify", "digits", "--samples", "1000000000000"), ("train", "digits", "--epochs", "10000000"),
    ("bench", "digits", "--seconds", "1e300"), ("bench", "digits", "--samples", "10000000000"),
    ("build", "digits", "-o", "b", "--seeds", "100000"), ("sweep", "grid.toml"),
    ("sweep", "grid.toml", "--jobs", "100000"), ("build", "digits", "-o", "b", "--clock", "nan"),
    ("run", "digits", "--port", "nothing", "--baud", "9" * 20)], ids=" ".join)
def test_bounds_are_reported_before_the_work(run, arguments):
    axes = "".join(f"k{axis} = {[*range(30)]}\n" for axis in range(5))
    Path("grid.toml").write_text(f'name = "g"\nconfig = "small.toml"\nepochs = 1\nseeds = [1]\n'
                                 f"[grid]\n{axes}")
    status, _, error = run(*arguments)
    assert_one_line(status, error)
    assert "at most" in error or "less than or equal to" in error or "finite" in error


# Names are text -----------------------------------------------------------------------------------


NAMES = ["[/x][bold][link=x]:smile:", "$x_{$", "a'b\"c\\d\u202eabc\xa0", "\x1b[31ma\nb"]
"""Text that is markup on the console or in a drawing, or that a terminal does not show."""


@pytest.mark.parametrize("name", NAMES)
def test_names_are_shown_as_they_are(run, name):
    Path(name).mkdir(parents=True)
    for arguments in ((*TRAIN, "--checkpoint", f"{name}/a.npz"), (*TRAIN, "--run", f"{name}/run"),
                      ("report", f"{name}/a.npz", "-o", f"{name}/page.html"),
                      ("devices", "show", "hzo-fefet", "--plot", f"{name}/plot.svg")):
        status, output, error = run(*arguments)
        assert (status, error) == (0, "")
        assert "\x1b" not in output
        assert printable(name).splitlines()[0] in output.replace("\n", "")
    status, _, error = run("train", f"{name}.toml")
    assert status == 2
    assert printable(name).splitlines()[0] in error
    assert len(list(Path(name).iterdir())) == 4


def test_no_text_is_markup_on_the_console(capsys):
    console = Console()
    console.print("[/x] :smile: \x1b[31m")
    console.print(styled("[bold]", ("[/y]", "bold")))
    with console.status("[/z]"):
        pass
    assert capsys.readouterr().out.splitlines() == ["[/x] :smile: \\x1b[31m", "[bold][/y]"]


def test_any_value_can_be_shown():
    deep = []
    for _ in range(5000):
        deep = [deep]
    for value in (10**5000, -10**5000, deep, "x" * 1000, [10**5000], "\ud800", b"\0" * 500):
        assert len(shown(value)) <= 80


# Standard output and error ------------------------------------------------------------------------


def test_a_closed_standard_output(run):
    ended = command(*TRAIN, "--checkpoint", "a.npz", stdout=None, preexec_fn=lambda: os.close(1))
    assert (ended.returncode, ended.stderr) == (0, b"")
    ended = command(*TRAIN, "--json", "-", stdout=None, preexec_fn=lambda: os.close(1))
    assert ended.returncode == 2
    assert ended.stderr == b"error: --json - writes to the standard output, which is closed\n"


def test_a_closed_standard_error():
    ended = command(*TRAIN, "--checkpoint", "a.npz", stderr=None, preexec_fn=lambda: os.close(2))
    assert ended.returncode == 0
    assert Path("a.npz").read_bytes().startswith(b"PK")
    ended = command("train", "none", stderr=None, preexec_fn=lambda: os.close(2))
    assert ended.returncode == 2


def test_a_reader_that_ends_does_not_stop_the_work():
    reading, writing = os.pipe()
    os.close(reading)
    ended = command(*TRAIN[:-4], "--epochs", "3", "--checkpoint", "a.npz", stdout=writing,
                    stderr=subprocess.PIPE, capture_output=False)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (
        0, b"warning: the standard output was closed: continuing without it\n")
    assert Path("a.npz").exists()


@pytest.mark.parametrize("environment", [
    {"PYTHONIOENCODING": "utf-8:strict"}, {"PYTHONIOENCODING": "ascii:strict"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}])
@pytest.mark.parametrize("name", [b"\xff.npz", "é\N{GREEK SMALL LETTER MU}.npz".encode()])
def test_any_encoding(server, tmp_path, environment, name):
    small = Path("small.toml")
    small.write_text("# µ é \N{SNOWMAN}\n" + small.read_text(), encoding="utf-8")
    Path("points.csv").write_text("curve,pulse,g_µS\nltp,0,1\nltp,1,2\n", encoding="utf-8")

    def command(*arguments):
        return server(*environment.items()).run(arguments, tmp_path, tmp_path)

    ended = command(*TRAIN, "--resume", name)
    assert ended.status == 2
    assert len(ended.stderr.splitlines()) == 1
    for arguments in ((*TRAIN, "--checkpoint", name), ("devices", "show", "points.csv"),
                      ("report", name), ("sweep", "digits-methods", "--data", b"npz:" + name)):
        ended = command(*arguments)
        assert "Traceback" not in ended.stderr
        assert "defect" not in ended.stderr


# Defects -----------------------------------------------------------------------------------------


def test_a_defect_is_one_line_that_names_a_log(run, monkeypatch, tmp_path):
    def fail(*arguments, **options):
        raise KeyError("[bold]\x1b nobody\nforesaw")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("pulsetrain.cli.options.load_config", fail)
    status, _, error = run(*TRAIN)
    assert status == 3
    assert len(error.splitlines()) == 1
    assert error.startswith("error: a defect of Pulsetrain (KeyError: ")
    log = Path(error.rpartition("its traceback is in ")[2].strip())
    assert "in fail\n    raise KeyError(" in log.read_text(encoding="utf-8")


# Temporary files ----------------------------------------------------------------------------------


def test_leftovers_of_a_process_with_the_same_number_do_no_harm():
    for name in (f".a.npz.{os.getpid()}.part", ".a.npz.7.part"):
        Path(name).touch()
    check_writable(Path("a.npz"))
    write_atomically(Path("a.npz"), b"content")
    assert Path("a.npz").read_bytes() == b"content"
    assert not list(Path().glob(".*.part"))


def test_the_temporary_file_of_a_running_process_stays():
    code = ("import sys; from pathlib import Path; from pulsetrain.files import write\n"
            "with write._temporary_file(Path('a.npz')) as (path, _): print(path, flush=True); "
            "sys.stdin.read()")
    with subprocess.Popen([sys.executable, "-c", code],  text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        path = Path(process.stdout.readline().strip())
        write_atomically(Path("a.npz"), b"content")
        assert path.exists()
        process.kill()
    write_atomically(Path("a.npz"), b"content")
    assert not path.exists()


def test_only_folders_of_ended_processes_are_removed(run, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in ("dead", "just-made", "users"):
        Path(f"{PREFIX}{name}").mkdir()
    Path("pulsetrain-empty").mkdir()
    Path(f"{PREFIX}dead/{MARK}").touch()
    Path(f"{PREFIX}dead/content").touch()
    Path(f"{PREFIX}users/content").touch()
    with temporary_folder() as living:
        assert run("devices")[0] == 0
        assert living.exists()
    assert not living.exists()
    assert not Path(f"{PREFIX}dead").exists()
    assert not Path(f"{PREFIX}just-made").exists()
    assert Path(f"{PREFIX}users/content").exists()
    assert Path("pulsetrain-empty").exists()


@pytest.mark.parametrize("step", range(5))
def test_a_removal_that_was_interrupted_is_finished(step, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    steps = iter(range(100))

    def interrupted(call):
        def wrapper(*arguments, **options):
            if next(steps) == step:
                raise KeyboardInterrupt
            return call(*arguments, **options)
        return wrapper

    def use_folder():
        with temporary_folder() as folder:
            (folder / "tool").mkdir()
            (folder / "tool/output").touch()
            (folder / "result").touch()

    with monkeypatch.context() as patch:
        for name in ("unlink", "rmdir"):
            patch.setattr(f"os.{name}", interrupted(getattr(os, name)))
        with pytest.raises(KeyboardInterrupt):
            use_folder()
    assert list(tmp_path.glob(f"{PREFIX}*"))
    clear_leftovers()
    assert not list(tmp_path.glob(f"{PREFIX}*"))


def test_a_file_keeps_its_permissions():
    path = Path("a")
    write_atomically(path, b"1")
    plain = Path("plain")
    plain.touch()
    assert path.stat().st_mode == plain.stat().st_mode
    path.chmod(0o600)
    write_atomically(path, b"2")
    assert path.stat().st_mode & 0o777 == 0o600


@contextmanager
def full_disk(folder):
    """A file system of a few pages at `folder`."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", folder],
                             capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("this user may not mount a small file system")
    try:
        (folder / "filler").write_bytes(bytes(40_000))
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_named(server, tmp_path):
    folder = tmp_path / "full"
    with full_disk(folder):
        for arguments in (("run", "small.toml", "--port", "virtual", "--data", "npz:small.npz"),
                          ("verify", "small.toml", "--data", "npz:small.npz", "--simulator",
                           "native", "--samples", "2"),
                          ("generate", "small.toml", "-o", "full/engine")):
            ended = server().run(arguments, tmp_path, folder)
            assert ended.status in (1, 2)
            assert ended.stderr.startswith("error: ")
            assert "Traceback" not in ended.stderr
            assert "No space left on device" in ended.stderr


# Boards and children ------------------------------------------------------------------------------


def test_a_frozen_virtual_board_is_ended():
    with VirtualBoard("small.toml") as board:
        os.kill(board._process.pid, signal.SIGSTOP)
        began = time.monotonic()
    assert board._process.returncode in (-signal.SIGKILL, -signal.SIGTERM)
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_terminated_training_keeps_its_state(number):
    with subprocess.Popen(
            [*COMMAND, *TRAIN[:4], "--epochs", "100000", "--checkpoint", "a.npz"], text=True,
             stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(number, signal.SIG_DFL)) as process:
        for _ in range(5):  # two lines of headings, two of words, and an epoch
            process.stdout.readline()
        process.send_signal(number)
        _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert error.startswith("error: interrupted after ")
    assert error.endswith("; a.npz holds the state\n")
    assert read_checkpoint(Path("a.npz")).epoch > 0


def test_the_json_of_a_run_is_whole(run):
    assert run(*TRAIN, "--json", "a.json")[0] == 0
    assert json.loads(Path("a.json").read_text())["config"] == "small"


def test_the_status_reports_an_interruption_wherever_it_was_caught():
    Path("interrupted.py").write_text(
        "import pulsetrain.cli.app\n"
        "pulsetrain.cli.app.app = lambda *arguments, **options: exec('raise KeyboardInterrupt')\n"
        "pulsetrain.cli.main([])\n")
    ended = subprocess.run([sys.executable, "-m", "interrupted"],  check=False,
                           capture_output=True)
    assert (ended.returncode, ended.stderr) == (130, b"error: interrupted\n")


def test_a_window_of_a_recording_is_two_numbers(run):
    for window in (f"{NINES}:{NINES}", "0:\N{SUPERSCRIPT TWO}", "\N{ARABIC-INDIC DIGIT ONE}:2",
                   ":"):
        status, _, error = run("verify", "small.toml", "--data", "npz:small.npz", "--simulator",
                               "native", "--wave", "a.vcd", "--wave-samples", window)
        assert_one_line(status, error)
