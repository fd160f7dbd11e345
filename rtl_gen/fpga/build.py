"""Build: an engine without a board, placed on a part to measure clock and area; and its report."""

import json
import math
import platform
import statistics
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from pulsetrain import __version__, emit
from pulsetrain.device import engine_digest
from pulsetrain.files import write_atomically
from pulsetrain.spec import Config

from .family import Part
from .flow import Flow, files_of_flow
from .harness import Harness
from .place import Placement, placer_of
from .progress import Progress
from .report import REPORT
from .tools import YOSYS, TimeLimitError, ToolFailedError

HARNESS = "harness"


@dataclass(frozen=True, kw_only=True)
class Clock:
    """One clock in MHz: `achieved` is compared with `target`; `by_seed` has the clock of every
    seed."""

    name: str
    target: float
    achieved: float
    by_seed: tuple[float, ...]

    @property
    def met(self) -> bool:
        return self.achieved >= self.target


@dataclass(frozen=True, kw_only=True)
class Build:
    """A finished build of an engine without a board; each seed gives one sample of its clock.

    `target` is in MHz, `placements` has one entry per seed, `seconds` one per step.
    """

    COUNTED: ClassVar[str] = "median"
    """Which of the seeds' clocks is compared with the target."""

    config: Config
    part: Part
    target: float
    placements: tuple[Placement, ...]
    seconds: dict[str, float]

    @property
    def name(self) -> str:
        """Name of the part it was built for."""
        return self.part.name

    @property
    def chosen(self) -> Placement:
        """The placement whose slowest clock is nearest to the median."""
        slowest = [placed.slowest for placed in self.placements]
        return self.placements[slowest.index(statistics.median_low(slowest))]

    @property
    def clocks(self) -> tuple[Clock, ...]:
        return tuple(
            Clock(name=name, target=self.target, achieved=self.achieved(name),
                  by_seed=tuple(placed.clocks[name] for placed in self.placements))
            for name in self.placements[0].clocks)

    @property
    def used(self) -> dict[str, int]:
        """The resources used by the first seed, including everything around the engine."""
        return self.placements[0].used

    @property
    def tools(self) -> dict[str, str | None]:
        """The programs that made this build, and their versions."""
        return {tool.name: tool.version for tool in (YOSYS, placer_of(self.part).tool)}

    def achieved(self, clock: str) -> float:
        """MHz that the clock named `clock` reached, to be compared with the target."""
        return statistics.median(placed.clocks[clock] for placed in self.placements)

    def clock_below(self, megahertz: float) -> float:
        """The fastest clock up to `megahertz` that can be requested."""
        return math.floor(megahertz)

    def details(self) -> dict[str, Any]:
        """Entries of the report for this type of build only."""
        return {}

    def report(self) -> dict[str, Any]:
        """The build for scripts: the content of `report.json`."""
        return {
            "config": self.config.name,
            "lanes": self.config.engine.lanes,
            "part": self.part.name,
            **self.details(),
            "digest": engine_digest(self.config),
            "resources": {name: {"used": used, "total": self.part.totals[name]}
                          for name, used in self.used.items()},
            "clocks": {clock.name: {"target_mhz": clock.target, "achieved_mhz": clock.achieved,
                                    "achieved_mhz_by_seed": list(clock.by_seed)}
                       for clock in self.clocks},
            "timing_met": all(clock.met for clock in self.clocks),
            "seeds": [placed.seed for placed in self.placements],
            "critical_path": asdict(self.chosen.path),
            "seconds": self.seconds,
            "wall_seconds": round(sum(self.seconds.values()), 1),
            "tools": {"pulsetrain": __version__, "python": platform.python_version(),
                      **self.tools},
        }

    def write_report(self, folder: Path) -> None:
        """Write `report.json` to `folder`.

        Raises:
            OSError: it cannot be written.
        """
        write_atomically(folder / REPORT, (json.dumps(self.report(), indent=2) + "\n").encode())


class TimingMissedError(ToolFailedError):
    """A clock does not reach its target; the message says by how much, and what to change."""


def build(config: Config, part: Part, *, clock: float, seeds: int, folder: Path,
          progress: Progress = lambda step, activity: None, limit: float | None = None) -> Build:
    """Generate, synthesise, place and route `config` for `part` with seeds 1 to `seeds`.

    `folder` then holds the generated files, `report.json`, and a folder for each step with its
    logs. Missing `clock` MHz raises no error here: see `check_timing`. `progress` is told what is
    being done; each run of a program may take `limit` seconds.

    Raises:
        OSError: the folder cannot be written.
        fpga.tools.ToolMissingError: a program is not installed.
        fpga.tools.TimeLimitError: a program takes longer than `limit` seconds.
        fpga.place.DoesNotFitError: the part is too small.
        fpga.tools.ToolFailedError: a program ended with an error, or its log reports a conflict.
    """
    flow = Flow(part=part, folder=folder, progress=progress, limit=limit)
    flow.begin()
    with flow.step("generate"):
        emit.generate(config, folder)
        write_atomically(folder / f"{HARNESS}.v",
                         emit.emit_verilog(Harness(config), HARNESS).encode())
    netlist = flow.synthesise(HARNESS, separate=f"{HARNESS}.engine")
    try:
        placements = tuple(flow.place(netlist, clock, seed) for seed in range(1, seeds + 1))
    except TimeLimitError as error:
        raise TimeLimitError(f"{error}: lower engine.lanes, or raise --time-limit",
                             error.log) from error
    built = Build(config=config, part=part, target=clock, placements=placements,
                  seconds=flow.seconds)
    built.write_report(folder)
    return built


def check_timing(built: Build) -> None:
    """Check that every clock reaches its target.

    Raises:
        TimingMissedError: one does not; the message names a clock that would be met.
    """
    missed = [
        f"the clock {clock.name} misses its target of {clock.target:g} MHz on {built.name}: "
        f"{clock.achieved:.1f} MHz reached ({built.COUNTED} of {len(clock.by_seed)} seeds, "
        f"{min(clock.by_seed):.1f} to {max(clock.by_seed):.1f}); set --clock to "
        f"{built.clock_below(clock.achieved):g} or less, or lower engine.lanes"
        for clock in built.clocks if not clock.met]
    if missed:
        raise TimingMissedError("\n".join(missed))


def built_files(folder: Path) -> list[Path]:
    """What `build` writes to `folder`, including the folders of its steps."""
    return [*files_of_flow(folder), folder / f"{HARNESS}.v"]
