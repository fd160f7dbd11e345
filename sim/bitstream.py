"""Bitstreams: what is loaded onto a board becomes Verilog again, and is simulated from pin to pin.

A board's top is built as `pulsetrain build` does, but with the fastest possible serial line, and
without the board's memory. The family's `Unpacker` says what is read back.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pulsetrain.boards.board import Board
from pulsetrain.boards.clock import auto_clock
from pulsetrain.boards.top import TOP, Top, make_top
from pulsetrain.errors import USAGE, PulsetrainError
from pulsetrain.files import temporary_folder
from pulsetrain.fpga.family import Family, Unpacker
from pulsetrain.fpga.pack import pack
from pulsetrain.fpga.place import place
from pulsetrain.fpga.synthesis import synthesise
from pulsetrain.host import BoardEngine, Link
from pulsetrain.protocol import CREDIT_STEP
from pulsetrain.spec import Config

from .board_pins import PINS
from .native_board import CYCLES_PER_BYTE, DIVISOR, NativeLine
from .netlist import WAIVERS, cell_models, modelled
from .words import longest_wait


class NotUnpackedError(PulsetrainError, ValueError):
    """A bitstream has cells that cannot become Verilog again."""

    status = USAGE


def unpacked(config: Config, board: Board, folder: Path,
             step: Callable[[str], object] = lambda name: None) -> str:
    """Build `board` with the engine of `config` in `folder`; returns the Verilog of what would be
    loaded onto it, with models of its cells and the module `board_pins.PINS`.

    `step` is told what is being done.

    Raises:
        NotUnpackedError: the family has no `Unpacker`, or this does not reach a cell of the design.
        ToolMissingError, ToolFailedError: a program is missing, or failed.
    """
    board = board.without_memory
    family = board.part.family
    unpacker = family.unpacker
    if unpacker is None:
        raise NotUnpackedError(f"board must have an FPGA whose bitstreams can be unpacked, not "
                               f"{board.name}")
    part = replace(board.part, family=_for(family, unpacker))
    clock = auto_clock(config, board)
    step("generating")
    top = make_top(config, board, clock, divisor=DIVISOR)
    folder.mkdir(parents=True, exist_ok=True)
    verilog, constraints = folder / f"{TOP}.v", folder / f"{TOP}.{family.constraints}"
    verilog.write_text(top.verilog, encoding="utf-8")
    constraints.write_text(top.constraints, encoding="utf-8")
    step("synthesising")
    netlist = synthesise(verilog, TOP, part.family, folder / "synthesis")
    for resource in unpacker.beyond:
        if netlist.resources.get(resource):
            raise NotUnpackedError(
                f"{resource} must not be used: it cannot be unpacked from a bitstream for "
                f"{board.name}; engine.multipliers=lut and engine.memory=block need none")
    step("placing and routing")
    placed = folder / "placed"
    place(netlist, part, clock, 1, placed, constraints=constraints)
    step("packing and unpacking")
    pack(part, placed)
    return _with_pins(unpacker.verilog(part, placed), top, unpacker, family)


def _for(family: Family, unpacker: Unpacker) -> Family:
    """`family` with the options that `unpacker` needs."""
    assert family.placer is not None  # its bitstreams are made here
    return replace(
        family, synthesis=replace(family.synthesis,
                                  command=family.synthesis.command + unpacker.synthesised),
        placer=replace(family.placer, options=(*family.placer.options, *unpacker.placed)))


def _with_pins(text: str, top: Top, unpacker: Unpacker, family: Family) -> str:
    """The design `text` with models of its cells, and the module `PINS` around it."""
    ports = {top.clock_pin: "clk", top.rx_pin: "rx", top.tx_pin: "tx"}
    connections = ", ".join(f".\\{port} ({wire})" for port, wire in ports.items())
    models = unpacker.models or family.models
    assert models is not None
    used = [cell for cell in modelled(models)
            if re.search(rf"^\s*{cell} [#\\\w]", text, re.MULTILINE)]
    return (f"{WAIVERS}{text}\n{cell_models(models, used)}"
            f"module {PINS}(input clk, input rx, output tx);\n"
            f"  {TOP} board({connections});\nendmodule\n")


@contextmanager
def bitstream_engine(config: Config, board: Board,
                     step: Callable[[str], object] = lambda name: None) -> Iterator[BoardEngine]:
    """The engine in the bitstream of `board`, reached over the pins of its serial line.

    Raises:
        NotUnpackedError, ToolMissingError, ToolFailedError: as of `unpacked`.
        sim.runner.SimulatorMissingError: Verilator or a program that it needs is not installed.
        sim.runner.SimulationFailedError: a cell has no model.
        BoardRefusedError: what is in the bitstream is not this engine.
    """
    with temporary_folder() as folder:
        text = unpacked(config, board, folder, step)
        step("compiling")
        line = NativeLine(text, divisor=DIVISOR,
                          silence=longest_wait(config) + 4 * CREDIT_STEP * CYCLES_PER_BYTE)
    try:
        with BoardEngine(config, Link(line)) as engine:
            step("training")
            yield engine
    finally:
        line.close()
