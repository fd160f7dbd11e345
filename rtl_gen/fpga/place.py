"""Place and route: a netlist to a part, with nextpnr; an iCE40's clock by icetime."""

import json
import re
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pulsetrain.processes import run

from .parts import Part
from .path import CriticalPath, path_of
from .synthesis import Netlist
from .tools import ICETIME_REMEDY, NEXTPNR, GivenUp, Tool, ToolFailed, ToolMissing, icetime_version

OPTIONS = {"ecp5": ("--textcfg", "design.config", "--router", "router2"),
           "gowin": ("--write", "design.json"),
           "ice40": ("--asc", "design.asc")}
"""The placed design is written; router2 needs minutes for 64 lanes."""

RIP_UP = "--tmg-ripup"
"""Without it the router takes one net of many thousands by a long way round."""

TIMING_WEIGHT = ("--placer-heap-timingweight", "30")
"""What the placer makes of time, 10 by default. docs/build.md has figures."""

FREE_PINS = {"ecp5": ("--lpf-allow-unconstrained",), "ice40": ("--pcf-allow-unconstrained",)}
"""Every pin is free: a Gowin part's always are where nothing is said of them."""

CONSTRAINED = {"ecp5": ("--lpf", "{}"), "gowin": ("--vopt", "cst={}"), "ice40": ("--pcf", "{}")}
"""How each family's nextpnr is told of a file of constraints."""

CELLS = {"ecp5": {"TRELLIS_COMB": "lut4", "TRELLIS_FF": "ff", "DP16KD": "block_ram",
                  "MULT18X18D": "dsp"},
         "gowin": {"LUT4": "lut4", "DFF": "ff", "BSRAM": "block_ram", "MULT9X9": "dsp",
                   "MULT18X18": "dsp"},
         "ice40": {"ICESTORM_LC": "lut4", "ICESTORM_RAM": "block_ram", "ICESTORM_DSP": "dsp",
                   "ICESTORM_SPRAM": "spram"}}
"""The resource that a cell of nextpnr's is. A logic cell of an iCE40 is a LUT and a flip-flop."""

REMEDIES = {"lut4": "engine.lanes", "ff": "engine.lanes", "dsp": "engine.lanes",
            "block_ram": "network.hidden or device.levels"}
"""What to lower where a resource is short; synapse memory does not depend on lanes."""

_REPORT, _LOG, _TIMING = "nextpnr.json", "nextpnr.log", "icetime.json"
HOPELESS = re.compile(r" iter=100 | iter=1 .* tmgfail=\d{3}")
"""Of router2's log: hundreds of nets are late even where every wire may be taken twice, or some
still after iterations of which the last of others made an end within 70."""

_NO_ROOM = re.compile(r"ERROR: (.*(?:expand region|unable to place|no more|failed to place|"
                      r"unable to find (?:a|legal) placement).*)", re.I)


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A routed design: MHz that each clock reaches, what is used, and the critical path."""

    seed: int
    clocks: dict[str, float]
    used: dict[str, int]
    path: CriticalPath

    @property
    def slowest(self) -> float:
        """MHz of the slowest clock."""
        return min(self.clocks.values())


class DoesNotFit(ToolFailed):
    """A design needs more than the part has; the message says of what, and what to change."""


def check_tools(part: Part) -> None:
    """Check, before long work, that what `place` needs is installed.

    Raises:
        ToolMissing: something is not; the message says how to get it.
    """
    _ = NEXTPNR[part.family].folder
    if part.family == "ice40" and icetime_version() is None:
        raise ToolMissing(f"icetime is not installed: {ICETIME_REMEDY}")


def check_fits(netlist: Netlist, part: Part) -> None:
    """Check that no resource of `part` is short before it is placed.

    Raises:
        DoesNotFit: one is.
    """
    short = {name: used for name, used in netlist.resources.items() if used > part.totals[name]}
    if short:
        raise DoesNotFit("; ".join(
            f"the design does not fit {part.name}: {name} must be at most {part.totals[name]:,}, "
            f"not {used:,}; lower {REMEDIES[name]}" for name, used in short.items()))


def place(netlist: Netlist, part: Part, clock: float, seed: int, folder: Path, *,
          constraints: Path | None = None) -> Placement:
    """Place and route `netlist` with every clock aimed at `clock` MHz, into the folder `folder`.

    The file `constraints` says where its pins are; without one they are anywhere. A clock that is
    missed is no error here. An iCE40's clock and critical path are icetime's: nextpnr leaves out
    the delay of a multiplier without registers.

    Raises:
        ToolMissing: nextpnr or icetime is not installed.
        DoesNotFit: the part is too small.
        ToolFailed: a tool ended with an error.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(netlist.json, folder / "netlist.json")
    if constraints:
        name = shutil.copyfile(constraints, folder / f"pins{constraints.suffix}").name
        pins = [option.format(name) for option in CONSTRAINED[part.family]]
    else:
        pins = FREE_PINS.get(part.family, ())
    arguments = [*part.place, "--json", "netlist.json", "--report", _REPORT,
                 "--freq", str(clock), "--seed", str(seed), "--timing-allow-fail",
                 *TIMING_WEIGHT, *OPTIONS[part.family], *pins]
    try:
        _run(NEXTPNR[part.family], arguments, folder)
    except ToolFailed as error:
        no_room = _NO_ROOM.search(error.log)
        if no_room:
            raise DoesNotFit(f"the design does not fit {part.name} ({no_room[1]}); lower "
                             f"{REMEDIES['lut4']}", error.log) from error
        raise
    finally:
        (folder / "netlist.json").unlink()
    report = json.loads((folder / _REPORT).read_text(encoding="utf-8"))
    clocks = {_clock(name): found["achieved"] for name, found in report["fmax"].items()}
    if part.family == "ice40":
        path = _icetime(folder)
        clocks = dict.fromkeys(clocks, 1000 / path.nanoseconds)
    else:
        path = _nextpnr_path(report)
    used = Counter()
    for cell, resource in CELLS[part.family].items():
        used[resource] += report["utilization"][cell]["used"]
    return Placement(seed=seed, clocks=clocks, path=path, used=dict(used))


def _run(tool: Tool, arguments: list[str], folder: Path) -> None:
    """Place and route with what is late ripped up, or without where that comes to no end."""
    try:
        tool.run([*arguments, RIP_UP], folder, _LOG, give_up=HOPELESS.search)
    except GivenUp:
        tool.run(arguments, folder, _LOG)


def _clock(name: str) -> str:
    """A clock's name in the design: nextpnr adds the buffers that it went through."""
    return re.sub(r"^\$glbnet\$|\$(TRELLIS|SB)_.*", "", name)


def _nextpnr_path(report: dict) -> CriticalPath:
    """The slowest path from a clock to a clock."""
    def delay(path: dict) -> float:
        return sum(step["delay"] for step in path["path"])

    inside = [path for path in report["critical_paths"]
              if "<async>" not in (path["from"], path["to"])]
    slowest = max(inside, key=delay)
    return path_of([step["to"]["cell"] for step in slowest["path"]], delay(slowest))


def _icetime(folder: Path) -> CriticalPath:
    """The critical path of the routed iCE40 design in `folder`."""
    command = ["icetime", "-d", "up5k", "-m", "-t", "-r", "icetime.txt", "-j", _TIMING,
               "design.asc"]
    ended = run(command, cwd=folder)
    if "chipdb" in ended.stderr:
        raise ToolMissing(f"icetime does not find what it knows of parts: {ICETIME_REMEDY}")
    if ended.returncode:
        raise ToolFailed(f"icetime failed:\n{ended.stderr}", ended.stderr)
    paths = json.loads((folder / _TIMING).read_text(encoding="utf-8"))
    slowest = max(paths, key=lambda path: path[-1]["delay_ns"])
    return path_of([step["net"] for step in slowest if "net" in step], slowest[-1]["delay_ns"])
