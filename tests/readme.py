"""The commands of the README, as written there."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent


def commands() -> list[str]:
    """The lines of all `bash` blocks, except `make` and those that need MNIST or another FOLDER."""
    lines: list[str] = []
    inside = False
    for line in (ROOT / "README.md").read_text().splitlines():
        if line.startswith("```"):
            inside = line == "```bash"
        elif inside and not line.startswith("make ") and "FOLDER" not in line:
            lines.append(line)
    return lines


def run_commands(lines: list[str], folder: Path, programs: Path) -> int:
    """Run `lines` in `folder` with the programs in `programs` first; returns how many ran.

    Raises:
        AssertionError: one failed, or the example printed something unexpected.
    """
    shutil.copytree(ROOT / "docs", folder / "docs")
    environment = os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    for line in lines:
        ended = subprocess.run(line, shell=True, cwd=folder, env=environment,
                               capture_output=True, text=True, timeout=300, check=False)
        assert ended.returncode == 0, f"{line}\n{ended.stdout}\n{ended.stderr}"
        if line == "vvp learn":
            assert ended.stdout.splitlines()[:2] == [
                "class 0, missed, 117 cycles", "class 3, right, 117 cycles"]
    return len(lines)
