"""No output replaces an input of the same command, or another output."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from small import save_small

from pulsetrain.cli import main
from pulsetrain.files import OutputError, check_outputs

RUN = ("train", "small.toml", "--data", "npz:small.npz", "--epochs", "1")


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """A folder with one of each thing that commands read."""
    folder = tmp_path_factory.mktemp("everything")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        save_small(folder)
        Path("device.toml").write_text(Path("small.toml").read_text().replace(
            "levels = 16", 'file = "points.csv"'))
        Path("points.csv").write_text("curve,pulse,g_uS\nltp,0,1\nltp,1,2\nltp,2,3\nltp,3,4\n")
        Path("sweep.toml").write_text('name = "study"\nconfig = "small.toml"\n'
                                      'data = "npz:small.npz"\nepochs = 1\nseeds = [1]\n')
        for arguments in ((*RUN, "--checkpoint", "a.npz"), (*RUN, "--run", "first"),
                          ("sweep", "sweep.toml", "-o", "t.csv"),
                          ("generate", "small.toml", "-o", "engine")):
            with pytest.raises(SystemExit) as ended:
                main(arguments)
            assert not ended.value.code
        np.savez("w.npz", weight_1=np.ones((6, 5)), weight_2=np.ones((5, 3)))
        Path("page.html").write_bytes(Path("a.npz").read_bytes())
        Path("sub").mkdir()
        Path("secrets").mkdir()
        for name in ("ca.pem", "cert.pem", "key.pem"):
            Path("secrets", name).write_text("secret")
    return folder


@pytest.fixture
def folder(everything, tmp_path, monkeypatch):
    """A copy of that folder as the working folder, with links in it."""
    folder = shutil.copytree(everything, tmp_path / "folder")
    monkeypatch.chdir(folder)
    Path("link.toml").symlink_to("small.toml")
    os.link("small.toml", "hard.toml")
    return folder


def contents():
    return {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}


@pytest.mark.parametrize("arguments", [
    ("report", "t.csv", "-o", "t.csv"), ("report", "page.html"),
    ("report", "a.npz", "-o", "./a.npz"), ("report", "first", "-o", "first/history.json"),
    ("report", "first", "-o", "first/checkpoint.npz"),
    ("report", "a.npz", "--data", "npz:small.npz", "-o", "small.npz"),
    ("sweep", "sweep.toml", "--json", "study.csv"), ("sweep", "sweep.toml", "-o", "sweep.toml"),
    ("sweep", "sweep.toml", "-o", "small.toml"), ("sweep", "sweep.toml", "-o", "small.npz"),
    ("sweep", "sweep.toml", "-o", "t.csv", "--json", "sweep.toml"),
    ("sweep", "sweep.toml", "--scheduler", "tls://127.0.0.1:1", "--tls", "secrets", "--json",
     "secrets/key.pem"),
    (*RUN, "--checkpoint", "small.toml"), (*RUN, "--json", "small.toml"),
    (*RUN, "--checkpoint", "small.npz"), (*RUN, "--checkpoint", "link.toml"),
    (*RUN, "--checkpoint", "hard.toml"), (*RUN, "--checkpoint", "sub/../small.toml"),
    (*RUN, "--checkpoint", "b.npz", "--json", "b.npz"),
    (*RUN, "--run", "first", "--json", "first/history.json"),
    (*RUN, "--resume", "a.npz", "--json", "a.npz"),
    ("train", "device.toml", *RUN[2:], "--checkpoint", "points.csv"),
    ("train", "small.toml", *RUN[2:], "--set", "device.file=points.csv", "--json", "points.csv"),
    ("estimate", "small.toml", "--json", "small.toml"),
    ("estimate", "small.toml", "--data", "npz:small.npz", "--json", "small.npz"),
    ("devices", "show", "points.csv", "--json", "points.csv"),
    ("devices", "show", "hzo-fefet", "--plot", "b.svg", "--json", "b.svg"),
    ("generate", "engine", "-o", "engine"), ("generate", "small.toml", "-o", "b", "--json", "b"),
    ("generate", "small.toml", "-o", "sub", "--json", "sub/manifest.json"),
    ("verify", "engine", "--data", "npz:small.npz", "--json", "engine/pulsetrain.v"),
    ("verify", "small.toml", "--data", "npz:small.npz", "--checkpoint", "a.npz", "--json", "a.npz"),
    ("verify", "small.toml", "--data", "npz:small.npz", "--simulator", "native", "--wave", "w.vcd",
     "--json", "w.gtkw"),
    ("build", "small.toml", "--part", "ice40up5k", "-o", "sub", "--json", "sub/report.json"),
    ("run", "small.toml", "--port", "virtual", "--data", "npz:small.npz", "--json", "small.npz"),
    ("bench", "small.toml", "--json", "small.toml"),
    ("import", "w.npz", "small.toml", "--data", "npz:small.npz", "-o", "w.npz"),
    ("import", "w.npz", "small.toml", "--data", "npz:small.npz", "-o", "small.npz"),
    ("import", "w.npz", "small.toml", "--data", "npz:small.npz", "-o", "b.npz", "--json", "b.npz"),
    ("export", "a.npz", "-o", "a.npz"), ("export", "first", "-o", "first/checkpoint.npz"),
    ("data", "npz:small.npz", "-o", "small.npz"),
], ids=" ".join)
def test_one_file_is_not_used_twice(run, folder, arguments):
    before = contents()
    status, _, error = run(*arguments)
    assert status == 2
    assert len(error.splitlines()) == 1
    assert "cannot be written by --" in error
    assert contents() == before


@pytest.mark.parametrize("arguments", [
    (*RUN, "--resume", "a.npz", "--checkpoint", "a.npz"),
    (*RUN, "--resume", "first/checkpoint.npz", "--run", "first"),
    (*RUN, "--checkpoint", "/dev/null", "--json", "/dev/null"),
    ("sweep", "sweep.toml", "-o", "t.csv"), ("report", "first"),
], ids=" ".join)
def test_a_command_may_replace_the_file_that_it_continues(run, folder, arguments):
    assert run(*arguments)[0] == 0


def test_files_that_do_not_exist_yet_are_distinguished(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_outputs({"--a": [Path("a")], "--b": [Path("b")]}, [Path("c")])
    with pytest.raises(OutputError, match=r"^x/\.\./a: cannot be written by --b: it would replace "
                                          r"what --a writes; give --b another name$"):
        check_outputs({"--a": [Path("a")], "--b": [Path("x/../a")]}, [])
