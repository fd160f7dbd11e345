"""Build: a configuration to a placed engine, its clock over several seeds, and a report."""

import json
import math
import platform
import statistics
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rtl_gen import __version__, emit
from rtl_gen.device import engine_digest
from rtl_gen.files import write_atomically
from rtl_gen.spec import Config

from .harness import Harness
from .parts import Part
from .place import Placement, check_fits, check_tools, place
from .synthesis import synthesise
from .tools import NEXTPNR, YOSYS, ToolFailed

REPORT = "report.json"
HARNESS = "harness"


@dataclass(frozen=True, kw_only=True)
class Clock:
    """What one clock reached over all seeds, in MHz; `met` by its median."""

    name: str
    target: float
    by_seed: tuple[float, ...]

    @property
    def achieved(self) -> float:
        return statistics.median(self.by_seed)

    @property
    def met(self) -> bool:
        return self.achieved >= self.target


@dataclass(frozen=True, kw_only=True)
class Build:
    """A finished build; `placements` has one placement a seed, `seconds` one entry a step."""

    config: Config
    part: Part
    target: float
    placements: tuple[Placement, ...]
    seconds: dict[str, float]

    @property
    def clocks(self) -> tuple[Clock, ...]:
        return tuple(
            Clock(name=name, target=self.target,
                  by_seed=tuple(placed.clocks[name] for placed in self.placements))
            for name in self.placements[0].clocks)

    @property
    def used(self) -> dict[str, int]:
        """The resources used, the harness among them; the first seed's."""
        return self.placements[0].used

    @property
    def typical(self) -> Placement:
        """The placement whose slowest clock is nearest to the median."""
        slowest = [min(placed.clocks.values()) for placed in self.placements]
        median = statistics.median_low(slowest)
        return self.placements[slowest.index(median)]

    def report(self) -> dict[str, Any]:
        """The build for scripts: what `report.json` holds."""
        return {
            "config": self.config.name,
            "lanes": self.config.engine.lanes,
            "part": self.part.name,
            "digest": engine_digest(self.config),
            "resources": {name: {"used": used, "total": self.part.totals[name]}
                          for name, used in self.used.items()},
            "clocks": {clock.name: {"target_mhz": clock.target, "achieved_mhz": clock.achieved,
                                    "achieved_mhz_by_seed": list(clock.by_seed)}
                       for clock in self.clocks},
            "timing_met": all(clock.met for clock in self.clocks),
            "seeds": [placed.seed for placed in self.placements],
            "critical_path": asdict(self.typical.path),
            "seconds": self.seconds,
            "tools": tools(self.part),
        }


class TimingMissed(ToolFailed):
    """A clock does not reach its target; the message says by how much, and what to change."""


def build(config: Config, part: Part, *, clock: float, seeds: int, folder: Path,
          step: Callable[[str], Any] = lambda name: None) -> Build:
    """Generate, synthesise, place and route `config` for `part` with seeds 1 to `seeds`.

    `folder` afterwards holds the generated files, `report.json`, and a folder a step with its
    logs. A clock that misses `clock` MHz is no error here: see `check_timing`. `step` is called
    with the name of each step as it begins.

    Raises:
        OSError: the folder cannot be written.
        boards.tools.ToolMissing: a tool is not installed.
        boards.place.DoesNotFit: the part is too small.
        boards.tools.ToolFailed: a tool ended with an error, or tells of a conflict.
    """
    check_tools(part)
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(name: str):
        step(name)
        start = time.perf_counter()
        yield
        seconds[name] = round(time.perf_counter() - start, 1)

    folder.mkdir(parents=True, exist_ok=True)
    (folder / REPORT).unlink(missing_ok=True)  # of an earlier build: must not outlive a failure
    with timed("generate"):
        emit.generate(config, folder)
        verilog = folder / f"{HARNESS}.v"
        write_atomically(verilog, emit.emit_verilog(Harness(config), HARNESS).encode())
    with timed("synthesise"):
        # As it is without a harness; Yosys 0.70 breaks off on 64 lanes and their harness in one.
        netlist = synthesise(verilog, HARNESS, part.family, folder / "synthesis",
                             apart=f"{HARNESS}.engine")
        check_fits(netlist, part)
    placements = []
    for seed in range(1, seeds + 1):
        with timed(f"place and route, seed {seed}"):
            placements.append(place(netlist, part, clock, seed, folder / f"seed-{seed}"))
    built = Build(config=config, part=part, target=clock, placements=tuple(placements),
                  seconds=seconds)
    write_atomically(folder / REPORT, (json.dumps(built.report(), indent=2) + "\n").encode())
    return built


def check_timing(built: Build) -> None:
    """Check that every clock's median reaches its target.

    Raises:
        TimingMissed: one does not.
    """
    missed = [
        f"the clock {clock.name} misses its target of {clock.target:g} MHz on {built.part.name}: "
        f"{clock.achieved:.1f} MHz reached (median of {len(clock.by_seed)} seeds, "
        f"{min(clock.by_seed):.1f} to {max(clock.by_seed):.1f}); set --clock to "
        f"{math.floor(clock.achieved)} or less, or lower engine.lanes"
        for clock in built.clocks if not clock.met]
    if missed:
        raise TimingMissed("\n".join(missed))


def tools(part: Part) -> dict[str, str]:
    """The programs that a build for `part` uses, and their versions."""
    return {"pulsetrain": __version__, "python": platform.python_version(),
            YOSYS.wheel: YOSYS.version, NEXTPNR[part.family].wheel: NEXTPNR[part.family].version}
