"""Place and route a netlist on a part, with nextpnr."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from .family import Part, Placer
from .floorplan import FEWEST_PLANNED, Sites, write_planned
from .path import CriticalPath, path_of
from .synthesis import Netlist
from .tools import GivenUpError, ToolFailedError

RIP_UP = "--tmg-ripup"
"""Without this option the router sometimes takes a long detour with one net among thousands."""

TIMING_WEIGHT = ("--placer-heap-timingweight", "30")
"""The placer's weight of timing, by default 10; docs/how-to/build.md has figures."""

REMEDIES = {"lut4": "engine.lanes", "lut6": "engine.lanes", "ff": "engine.lanes",
            "dsp": "engine.lanes", "block_ram": "network.hidden or device.levels"}
"""The keys to lower if there is too little of a resource; synapse memory does not depend on
lanes."""

_NETLIST, _PLACED, _REPORT = "netlist.json", "placed.json", "nextpnr.json"
_PLACEMENT_LOG, _LOG = "placement.log", "nextpnr.log"

HOPELESS = re.compile(r" iter=100 | iter=(?:1|[7-9]|\d\d) .* tmgfail=\d{3}")
"""Matches the log of a router2 that will not finish: hundreds of nets are late in the first
iteration, in which wires may still be used twice, or in the seventh or later, while ripping up adds
to them; or it has reached iteration 100, while all runs that finished needed at most 70."""

PATIENCE = 20
"""Iterations of router2 without rip-up in which the wires that are used more than once become
fewer at least once; see `stuck`."""

_OVERUSED = re.compile(r" iter=\d+ .*?overused=(\d+)")

_NO_ROOM = re.compile(r"ERROR: (.*(?:expand region|unable to place|no more|failed to place|"
                      r"unable to find (?:a|legal) placement).*)", re.I)


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A routed design: the MHz that each clock reaches, the resources used, the critical path."""

    seed: int
    clocks: dict[str, float]
    used: dict[str, int]
    path: CriticalPath

    @property
    def slowest(self) -> float:
        """MHz of the slowest clock."""
        return min(self.clocks.values())


class DoesNotFitError(ToolFailedError):
    """A design needs more than the part has; the message names the resource and what to change."""


class NotRoutedError(ToolFailedError):
    """The router finds no way for all nets of a placed design; the message says what to change."""


def placer_of(part: Part) -> Placer:
    """How nextpnr places and routes designs for `part`.

    Raises:
        ValueError: only the vendor's tool can.
    """
    if part.family.placer is None:
        raise ValueError(f"part must be one that nextpnr places, not {part.name}")
    return part.family.placer


def check_tools(part: Part) -> None:
    """Check, before long work, that the programs that `place` needs are installed.

    Raises:
        fpga.tools.ToolMissingError: one is missing; the message says how to install it.
    """
    placer = placer_of(part)
    placer.tool.check()
    if placer.timing:
        placer.timing.program.check()


def check_fits(netlist: Netlist, part: Part) -> None:
    """Check, before placing it, that `netlist` takes at most what `part` has.

    Raises:
        DoesNotFitError: it takes more.
    """
    short = {name: used for name, used in netlist.resources.items() if used > part.totals[name]}
    if short:
        raise DoesNotFitError("; ".join(
            f"the design does not fit {part.name}: {name} must be at most {part.totals[name]:,}, "
            f"not {used:,}; lower {REMEDIES[name]}" for name, used in short.items()))


def place(netlist: Netlist, part: Part, clock: float, seed: int, folder: Path, *,
          constraints: Path | None = None, sites: Sites | None = None,
          watch: Callable[[str], Any] = lambda log: None, limit: float | None = None) -> Placement:
    """Place and route `netlist` in the folder `folder`, with `clock` MHz as target of every clock.

    The file `constraints` assigns its pins; without one they may be anywhere. With `sites`, a
    design of at least `FEWEST_PLANNED` multipliers gets a floorplan. Missing the target raises no
    error here. `watch` is called with the log about once a second; each run of nextpnr may take
    `limit` seconds.

    Raises:
        fpga.tools.ToolMissingError: a program is not installed.
        fpga.tools.TimeLimitError: it takes longer than `limit` seconds.
        DoesNotFitError: the part is too small.
        NotRoutedError: this placement cannot be routed.
        fpga.tools.ToolFailedError: a program ended with an error.
    """
    placer = placer_of(part)
    folder.mkdir(parents=True, exist_ok=True)
    if sites and netlist.resources["dsp"] >= FEWEST_PLANNED:
        write_planned(netlist.json, sites, folder / _NETLIST)
    else:
        shutil.copyfile(netlist.json, folder / _NETLIST)
    if constraints:
        name = shutil.copyfile(constraints, folder / f"pins{constraints.suffix}").name
        pins = [option.format(name) for option in placer.constrained]
    else:
        pins = placer.free or ()
    common = [*part.place, "--freq", str(clock), "--seed", str(seed), "--timing-allow-fail"]
    placing = ["--json", _NETLIST, *TIMING_WEIGHT, *pins]
    routing = ["--report", _REPORT, RIP_UP, *placer.options]
    run = partial(placer.tool.run, folder=folder, watch=watch, limit=limit)
    try:
        if placer.router:  # named in both runs: a written design overrides it
            common += ["--router", placer.router]
            run([*common, *placing, "--no-route", "--write", _PLACED], log=_PLACEMENT_LOG)
            _route(run, [*common, "--json", _PLACED, "--no-pack", "--no-place", *routing])
        else:
            run([*common, *placing, *routing], log=_LOG)
    except ToolFailedError as error:
        no_room = _NO_ROOM.search(error.log)
        if no_room:
            raise DoesNotFitError(f"the design does not fit {part.name} ({no_room[1]}); lower "
                                  f"{REMEDIES[part.family.luts]}", error.log) from error
        raise
    finally:
        for name in (_NETLIST, _PLACED):
            (folder / name).unlink(missing_ok=True)
    report = json.loads((folder / _REPORT).read_text(encoding="utf-8"))
    clocks = {_clock(name): found["achieved"] for name, found in report["fmax"].items()}
    if placer.timing:
        path = placer.timing.critical_path(folder)
        clocks = dict.fromkeys(clocks, 1000 / path.nanoseconds)
    else:
        path = _slowest_path(report, placer.made_names)
    used = Counter()
    for cell, resource in placer.cells.items():
        used[resource] += report["utilization"][cell]["used"]
    return Placement(seed=seed, clocks=clocks, path=path, used=dict(used))


def stuck(log: str) -> bool:
    """Whether the router2 of this log will not finish: in `PATIENCE` iterations, no fewer wires
    were used more than once than at some time before."""
    overused = _overused(log)
    return len(overused) > PATIENCE and min(overused[-PATIENCE:]) >= min(overused[:-PATIENCE])


def _overused(log: str) -> list[int]:
    """The wires that are used more than once, after each iteration of a router2."""
    return [int(count) for count in _OVERUSED.findall(log)]


def _route(run: Callable[..., str], arguments: list[str]) -> None:
    """Route a placed design, ripping up late nets; again without, if that would not finish.

    Raises:
        NotRoutedError: that would not finish either.
    """
    try:
        run(arguments, log=_LOG, give_up=HOPELESS.search)
        return
    except GivenUpError:
        pass
    try:
        run([argument for argument in arguments if argument != RIP_UP], log=_LOG, give_up=stuck)
    except GivenUpError as error:
        overused = _overused(error.log)
        raise NotRoutedError(
            f"{error}: the router was in iteration {len(overused)}, {overused[-1]:,} wires were "
            f"used more than once, and for {PATIENCE} iterations they had not become fewer; "
            "another seed may be routed; a lower --clock, fewer lanes (engine.lanes), and on a "
            "board --no-memory need fewer wires", error.log) from error


def _clock(name: str) -> str:
    """A clock's name in the design, without the buffers that nextpnr adds to it."""
    return re.sub(r"^\$glbnet\$|(?<=.)\$[A-Z]+_.*", "", name)


def _slowest_path(report: dict, made_names: str) -> CriticalPath:
    """The slowest path from a clock to a clock, according to a report of nextpnr."""
    def delay(path: dict) -> float:
        return sum(step["delay"] for step in path["path"])

    inside = [path for path in report["critical_paths"]
              if "<async>" not in (path["from"], path["to"])]
    slowest = max(inside, key=delay)
    return path_of([step["to"]["cell"] for step in slowest["path"]], delay(slowest), made_names)
