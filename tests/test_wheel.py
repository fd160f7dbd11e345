"""The wheel: it is complete, and the commands of pages run in a folder of hostile modules."""

import os
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from readme import ROOT, commands, run_commands
from traps import set_traps

FOLDERS = {"pulsetrain": "rtl_gen", "pulsetrain.sim": "sim", "pulsetrain.boards": "boards"}
"""Top folders, by the package that each becomes."""


def packages() -> set[str]:
    """Every package of the source tree."""
    return {".".join((name, *path.parent.relative_to(ROOT / folder).parts))
            for name, folder in FOLDERS.items() for path in (ROOT / folder).rglob("__init__.py")}


def test_pyproject_lists_every_package():
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert setuptools["package-dir"] == FOLDERS
    assert sorted(setuptools["packages"]) == sorted(packages())
    assert len(setuptools["packages"]) == len(packages())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built without a network from a copy of the tree."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    for name in ("pyproject.toml", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, source)
    for folder in FOLDERS.values():
        shutil.copytree(ROOT / folder, source / folder,
                        ignore=shutil.ignore_patterns("__pycache__"))
    code = f"import setuptools.build_meta as backend; backend.build_wheel({str(built)!r})"
    ended = subprocess.run([sys.executable, "-c", code], cwd=source, capture_output=True,
                           text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    file, = built.glob("*.whl")
    return file


def test_the_wheel_holds_every_module_and_every_data_file(wheel):
    expected = {Path(*name.split("."), path.relative_to(ROOT / folder))
                for name, folder in FOLDERS.items() for path in (ROOT / folder).rglob("*")
                if path.is_file() and "__pycache__" not in path.parts}
    names = [Path(name) for name in zipfile.ZipFile(wheel).namelist()]
    held = {path for path in names if not path.parts[0].endswith(".dist-info")}
    assert held == expected
    endings = {path.suffix for path in held}
    assert endings >= {".py", ".toml", ".json", ".html", ".v", ".vlt", ".cpp"}


def share_compiled(package):
    """Give the installed `package` the kernels that the source tree has compiled: to compile them
    again takes 12 s, which `test_cli_bench.py` does. Numba compares times and sizes of sources."""
    for source in (ROOT / "rtl_gen" / "compiled").glob("*.py"):
        time = source.stat().st_mtime_ns
        os.utime(package / "compiled" / source.name, ns=(time, time))
    for compiled in (ROOT / "rtl_gen" / "compiled" / "__pycache__").glob("*.nb[ci]"):
        shutil.copy(compiled, package / "compiled" / "__pycache__")


@pytest.mark.timeout(1200)
def test_every_command_of_these_pages_runs_among_hostile_modules(wheel, tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    environment, folder = tmp_path / "environment", tmp_path / "folder"
    # The interpreter is the same file: its time is a part of the name under which WebAssembly is
    # kept that was translated to machine code.
    venv.create(environment, with_pip=False, symlinks=True)
    site, = environment.glob("lib/python*/site-packages")
    # The dependencies come from the present environment. Its .pth files are not read, so Pulsetrain
    # itself comes from the wheel.
    paths = [path for path in sys.path if Path(path).name == "site-packages"]
    (site / "dependencies.pth").write_text("".join(f"{path}\n" for path in paths))
    subprocess.run([sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python"),
                    "install", "--quiet", "--no-index", "--no-deps", "--ignore-installed",
                    "--disable-pip-version-check", str(wheel)], check=True)
    share_compiled(site / "pulsetrain")
    folder.mkdir()
    set_traps(folder)
    where = subprocess.run([environment / "bin" / "python", "-P", "-c",
                            "import pulsetrain; print(pulsetrain.__file__)"], cwd=folder,
                           capture_output=True, text=True, check=True).stdout.strip()
    assert Path(where) == site / "pulsetrain" / "__init__.py"
    assert run_commands(commands(), folder, environment / "bin") >= 9
