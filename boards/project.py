"""Project: a design for the tool of an FPGA's vendor, which builds the bitstream."""

import json
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulsetrain import __version__
from pulsetrain.device import engine_digest
from pulsetrain.errors import ELSEWHERE
from pulsetrain.files import write_atomically
from pulsetrain.fpga.family import Vendor
from pulsetrain.fpga.place import Placement
from pulsetrain.fpga.report import REPORT
from pulsetrain.fpga.tools import TimeLimitError, ToolFailedError, ToolMissingError
from pulsetrain.processes import running
from pulsetrain.spec import Config

LOG = "vendor.log"
"""What the vendor's tool prints."""


class BuiltElsewhereError(ToolMissingError):
    """A project is complete, but the tool that builds it is not on this machine; the message says
    what to run where."""

    status = ELSEWHERE


@dataclass(frozen=True, kw_only=True)
class Project:
    """The project of the board named `board` in `folder`, for a clock of `clock` MHz and with the
    engine of `config`.

    `design` names its script, its reports and its bitstream; `sources` are its other files.
    `details` are entries of the report.
    """

    config: Config
    board: str
    clock: float
    folder: Path
    vendor: Vendor
    design: str
    sources: tuple[str, ...]
    details: dict[str, Any]

    @property
    def bitstream(self) -> Path:
        """The file that the tool makes."""
        return self.folder / f"{self.design}.{self.vendor.bitstream}"

    @property
    def script(self) -> Path:
        """The script that the tool runs."""
        return self.folder / f"{self.design}.{self.vendor.script}"

    @property
    def command(self) -> str:
        """What to run in the project's folder."""
        return shlex.join(self._command)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """While its files are written; then a report says that it is not built.

        What the tool has made of other files is removed; what it has made of these is kept.

        Raises:
            OSError: they cannot be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        before = self._contents()
        yield
        if self._contents() != before:
            for path in (self.bitstream, *self._reports):
                path.unlink(missing_ok=True)
        report = {"config": self.config.name, "lanes": self.config.engine.lanes,
                  "board": self.board, **self.details, "digest": engine_digest(self.config),
                  "bitstream": None, "clock": {"built_mhz": self.clock}, "timing_met": None,
                  "run": self.command, "tools": {"pulsetrain": __version__}}
        write_atomically(self.folder / REPORT, (json.dumps(report, indent=2) + "\n").encode())

    @property
    def is_built(self) -> bool:
        """Whether the folder holds the tool's reports and its bitstream."""
        return self.bitstream.is_file() and all(path.is_file() for path in self._reports)

    def run(self, limit: float | None = None) -> None:
        """Let the tool build the project, for at most `limit` seconds.

        Raises:
            BuiltElsewhereError: it is not on the path.
            fpga.tools.TimeLimitError: it takes longer.
            fpga.tools.ToolFailedError: it ended with an error.
        """
        program = self.vendor.program.name
        if shutil.which(program) is None:
            raise BuiltElsewhereError(
                f"the project for {self.board} is complete, but not built: {program} is not on "
                f"this machine. Where it is ({self.vendor.program.remedy}), run in {self.folder}: "
                f"{self.command}. Then this command, there or with the folder copied back, reads "
                "its reports")
        path = self.folder / LOG
        with path.open("w", encoding="utf-8") as log, running(
                self._command, cwd=self.folder, stdout=log, stderr=subprocess.STDOUT) as tool:
            try:
                status = tool.wait(limit)
            except subprocess.TimeoutExpired:
                raise TimeLimitError(f"{program} was stopped after {(limit or 0) / 60:g} minutes: "
                                     f"see {path}") from None
        if status:
            raise ToolFailedError(f"{program} ended with status {status}: see {path}")

    def placement(self) -> tuple[Placement, str]:
        """The design as the tool's reports describe it, and the version of the tool.

        Raises:
            PulsetrainError: one cannot be read.
        """
        found = self.vendor.outcome(self.folder, self.design)
        return Placement(seed=1, clocks={found.clock: found.reached}, used=dict(found.used),
                         path=found.path), found.version

    @property
    def _command(self) -> list[str]:
        return [self.vendor.program.name,
                *(argument.format(self.script.name) for argument in self.vendor.arguments)]

    @property
    def _reports(self) -> list[Path]:
        return [self.folder / name.format(self.design) for name in self.vendor.reports]

    def _contents(self) -> list[bytes | None]:
        paths = [self.script, *(self.folder / name for name in self.sources)]
        return [path.read_bytes() if path.is_file() else None for path in paths]
