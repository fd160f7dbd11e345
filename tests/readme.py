"""The commands of the README and of pages with commands, as written there."""

import os
import shutil
import subprocess
from pathlib import Path

from traps import RUN

ROOT = Path(__file__).parent.parent

PAGES = ("README.md", "docs/tutorials/first-engine.md", "docs/tutorials/board.md",
         "docs/how-to/use.md", "docs/how-to/verilog.md")
"""The pages whose commands are run one after the other, in one folder."""

_SMALL, _SMALLEST = "--set network.hidden=[4] --lanes 2", "--set network.hidden=[] --lanes 1"
SMALLER = {
    "pulsetrain verify engine --samples 50": "--samples 5",
    "pulsetrain verify digits --samples 20 --lanes 4": _SMALL,
    "pulsetrain verify digits --samples 10 --simulator native": _SMALLEST,
    "pulsetrain verify digits --samples 10 --set device.preset": _SMALL,
    "pulsetrain area digits": "--part gw1nr-9c",
    "pulsetrain tune digits": "--jobs 1",
    "pulsetrain sweep digits-methods": "--jobs 1",
}
"""Options appended to the commands that begin like this: the last of two equal options counts, so
that simulators have smaller engines, synthesis takes less time, and fewer processes load numba.
Everything else, and all of the tutorials, is as written."""


def commands() -> list[str]:
    """The lines of all `bash` blocks, except `make` and those that need MNIST or another FOLDER."""
    lines: list[str] = []
    for page in PAGES:
        inside = False
        for line in (ROOT / page).read_text(encoding="utf-8").splitlines():
            if line.startswith("```"):
                inside = line == "```bash"
            elif inside and not line.startswith("make ") and "FOLDER" not in line:
                lines.append(line)
    return lines


def run_commands(lines: list[str], folder: Path, programs: Path) -> int:
    """Run `lines` in `folder` with the programs in `programs` first; returns how many ran.

    Raises:
        AssertionError: one failed or ran a trap, or the example printed something unexpected.
    """
    for start in SMALLER:
        assert sum(line.startswith(start) for line in lines) == 1, start
    shutil.copytree(ROOT / "docs", folder / "docs")
    environment = os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    for line in lines:
        smaller = [options for start, options in SMALLER.items() if line.startswith(start)]
        ended = subprocess.run(" ".join([line, *smaller]), shell=True, cwd=folder, env=environment,
                               capture_output=True, text=True, timeout=900, check=False)
        shown = f"{line}\n{ended.stdout}\n{ended.stderr}"
        assert ended.returncode == 0, shown
        assert RUN not in shown
        if line == "vvp learn":
            assert ended.stdout.splitlines()[:2] == [
                "class 0, missed, 117 cycles", "class 3, right, 117 cycles"]
    return len(lines)
