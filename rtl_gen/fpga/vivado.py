"""Vivado, AMD's tool for its FPGAs: how it is run, and what its reports say."""

import re
from pathlib import Path

from pulsetrain.errors import PulsetrainError
from pulsetrain.files import MEBIBYTE, read_text

from .family import Outcome, Vendor
from .path import CriticalPath, path_of
from .tools import Program

_UTILISATION, _TIMING = "{}_utilization_place.rpt", "{}_timing.rpt"

_ROWS = {"lut6": "Slice LUTs", "ff": "Slice Registers", "block_ram": "Block RAM Tile",
         "dsp": "DSPs"}
"""The row of each resource in a report of utilisation."""

_IN_TILE = 2
"""Block RAMs of 18 Kibit in what Vivado calls a tile."""

_NUMBER = r"-?\d+(?:\.\d+)?"

_CLOCK = re.compile(rf"^ *(\S+) +\{{[^}}\n]*\}} +({_NUMBER}) +{_NUMBER} *$", re.MULTILINE)
"""A row of the clock summary: name, waveform, period in ns, MHz."""

_SLACK = re.compile(rf"^ *(\S+) +({_NUMBER})(?: +{_NUMBER}){{11}} *$", re.MULTILINE)
"""A row of the intra-clock table: name, worst slack in ns, and eleven more. The row of a clock
without paths has four numbers, of pulse widths."""

_PATH = re.compile(
    rf"[^:\n]*: +{_NUMBER}ns.*?^ +Source: +(\S+).*?^ +Destination: +(\S+).*?"
    rf"^ +Path Group: +(\S+).*?^ +Path Type: +Setup.*?^ +Data Path Delay: +({_NUMBER})ns",
    re.MULTILINE | re.DOTALL)
"""A path behind the word Slack: the pins where it starts and ends, its clock, nanoseconds."""

_MADE_NAMES = r"_reg(?:_rep\w*)?(?:\[\d+\])*$"
"""What Vivado adds to the name of a signal to name its register."""


class VivadoReportError(PulsetrainError, ValueError):
    """A report of Vivado is not there, or does not hold what is read from it."""


def outcome(folder: Path, design: str) -> Outcome:
    """What Vivado's reports of `design` in `folder` say.

    The clock is the one with the least slack of the paths within one clock. A path may take the
    clock's period; what it leaves of that is its slack.

    Raises:
        VivadoReportError: a report cannot be read.
    """
    used = _used(folder / _UTILISATION.format(design))
    path = folder / _TIMING.format(design)
    text = _text(path)
    periods = {name: float(period) for name, period in _CLOCK.findall(text)}
    table = text.partition("| Intra Clock Table")[2].partition("| Inter Clock Table")[0]
    slacks = {name: float(slack) for name, slack in _SLACK.findall(table) if name in periods}
    clock = min(slacks, key=lambda name: slacks[name], default=None)
    found = [match.groups() for match in map(_PATH.match, re.split("^Slack", text, flags=re.M))
             if match and match[3] == clock]
    version = re.search(r"^\| Tool Version *: (.*?) *$", text, re.MULTILINE)
    if not (clock and found and version):
        raise VivadoReportError(f"{path}: must hold clocks with their slack and the slowest path, "
                                "as report_timing_summary writes them")
    start, end, _, nanoseconds = found[0]
    return Outcome(used=used, clock=clock, target=1000 / periods[clock],
                   reached=1000 / (periods[clock] - slacks[clock]),
                   path=_critical_path(start, end, float(nanoseconds)), version=version[1])


def _used(path: Path) -> dict[str, int]:
    """How much of each resource a `report_utilization` counts."""
    text, used = _text(path), {}
    for resource, row in _ROWS.items():
        found = re.search(rf"^\| *{row}\*? *\| *({_NUMBER}) *\|", text, re.MULTILINE)
        if not found:
            raise VivadoReportError(f"{path}: must hold the row {row}, as report_utilization "
                                    "writes it")
        used[resource] = round(float(found[1]) * (_IN_TILE if resource == "block_ram" else 1))
    return used


def _critical_path(start: str, end: str, nanoseconds: float) -> CriticalPath:
    """The path between two pins of registers."""
    registers = [pin.rpartition("/")[0].replace("/", ".") for pin in (start, end)]
    return path_of(registers, nanoseconds, _MADE_NAMES)


def _text(path: Path) -> str:
    if not path.is_file():
        raise VivadoReportError(f"{path}: does not exist; Vivado ended without writing it")
    return read_text(path, "report of Vivado", VivadoReportError, limit=16 * MEBIBYTE)


VIVADO = Vendor(
    program=Program(name="vivado", hint="install AMD Vivado and put it on the PATH"),
    arguments=("-mode", "batch", "-source", "{}"),
    script="tcl",
    constraints="xdc",
    bitstream="bit",
    reports=(_UTILISATION, _TIMING),
    outcome=outcome,
)
