"""Every command in the README's console blocks works as it is written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def commands() -> list[str]:
    """The lines of all `bash` blocks, without what this very test run is made by, and MNIST's."""
    lines: list[str] = []
    inside = False
    for line in (ROOT / "README.md").read_text().splitlines():
        if line.startswith("```"):
            inside = line == "```bash"
        elif inside and not line.startswith("make ") and "FOLDER" not in line:
            lines.append(line)
    return lines


@pytest.mark.timeout(1200)
def test_every_command_works_in_order(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = 0
    for line in commands():
        ended = subprocess.run(line, shell=True, cwd=tmp_path, env=os.environ | {"PATH": path},
                               capture_output=True, text=True, timeout=300, check=False)
        assert ended.returncode == 0, f"{line}\n{ended.stdout}\n{ended.stderr}"
        ran += 1
        if line == "vvp learn":
            assert ended.stdout.splitlines()[:2] == [
                "class 0, missed, 117 cycles", "class 3, right, 117 cycles"]
    assert ran >= 9
