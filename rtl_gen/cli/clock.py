"""The clocks that builds reached, and the speed of an engine at them."""

from dataclasses import dataclass
from pathlib import Path

from pulsetrain.device import engine_digest
from pulsetrain.errors import USAGE, cut
from pulsetrain.fpga.report import read_report
from pulsetrain.spec import Config

from .failure import CliError

EPOCH = 60_000
"""Training samples of MNIST."""
ASSUMED = 100.0
"""Megahertz if there is no build."""


@dataclass(frozen=True, kw_only=True)
class Clock:
    """The MHz that the build in `folder` reached; `folder` is None if they are assumed."""

    folder: Path | None
    megahertz: float

    @property
    def source(self) -> str:
        """Where the clock comes from, in words."""
        return str(self.folder) if self.folder else "assumed"

    def samples_per_second(self, cycles: float) -> float:
        """Training samples per second, at `cycles` clock cycles per sample."""
        return self.megahertz * 1e6 / cycles

    def epoch_seconds(self, cycles: float) -> float:
        """Seconds of an epoch, at `cycles` clock cycles per sample."""
        return EPOCH / self.samples_per_second(cycles)


def clocks_of(folders: list[Path], configs: list[Config]) -> list[list[Clock]]:
    """The clocks of each configuration: those of its builds in `folders`, or the assumed one.

    Raises:
        fpga.report.NotBuiltError: a folder holds no report of a build.
        CliError: a report is of another engine, or contains no clock.
    """
    digests = [engine_digest(config) for config in configs]
    clocks: list[list[Clock]] = [[] for _ in configs]
    for folder in folders:
        report = read_report(folder)
        if report.slowest is None:
            raise CliError(f"{folder}: its report contains no clock; build it again", USAGE)
        if report.digest not in digests:
            names = ", ".join(config.name for config in configs)
            raise CliError(f"{folder}: is a build of another engine, not of {names}: its digest is "
                           f"{cut(report.digest[:12])}…", USAGE)
        clocks[digests.index(report.digest)].append(
            Clock(folder=folder, megahertz=report.slowest))
    return [found or [Clock(folder=None, megahertz=ASSUMED)] for found in clocks]
