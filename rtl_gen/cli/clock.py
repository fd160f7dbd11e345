"""The clocks that builds reached, and what an engine's cycles mean at them."""

import json
from dataclasses import dataclass
from pathlib import Path

from rtl_gen.device import engine_digest
from rtl_gen.spec import Config

from .failure import USAGE, Failure

EPOCH = 60_000
"""Training samples of MNIST."""
ASSUMED = 100.0
"""Megahertz where no build says better."""


@dataclass(frozen=True, kw_only=True)
class Clock:
    """What a build in `folder` reached; None where its `megahertz` are assumed."""

    folder: Path | None
    megahertz: float

    @property
    def source(self) -> str:
        """Where it is from, in words."""
        return str(self.folder) if self.folder else "assumed"

    def samples_per_second(self, cycles: float) -> float:
        """Training samples a second, of `cycles` cycles each."""
        return self.megahertz * 1e6 / cycles

    def epoch_seconds(self, cycles: float) -> float:
        """Seconds of an epoch of samples of `cycles` cycles each."""
        return EPOCH / self.samples_per_second(cycles)


def clocks_of(folders: list[Path], configs: list[Config]) -> list[list[Clock]]:
    """The clocks of each configuration: of its builds in `folders`, or else the assumed one.

    Raises:
        Failure: a folder holds no report of a build, or one of another engine.
    """
    digests = [engine_digest(config) for config in configs]
    clocks: list[list[Clock]] = [[] for _ in configs]
    for folder in folders:
        digest, megahertz = _read(folder)
        if digest not in digests:
            names = ", ".join(config.name for config in configs)
            raise Failure(f"{folder}: is a build of another engine than {names}: its digest is "
                          f"{digest[:12]}…", USAGE)
        clocks[digests.index(digest)].append(Clock(folder=folder, megahertz=megahertz))
    return [found or [Clock(folder=None, megahertz=ASSUMED)] for found in clocks]


def _read(folder: Path) -> tuple[str, float]:
    """The digest of a built engine, and the slowest of its clocks in MHz."""
    path = folder / "report.json"
    if not path.is_file():
        raise Failure(f"{folder}: the folder holds no report.json; `pulsetrain build` writes one",
                      USAGE)
    try:
        report = json.loads(path.read_text())
        slowest = min(float(clock["achieved_mhz"]) for clock in report["clocks"].values())
        return str(report["digest"]), slowest
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Failure(f"{path}: is no report of a build: {error}", USAGE) from error
