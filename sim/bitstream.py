"""Bitstreams: what is loaded onto a board becomes Verilog again, and is simulated from pin to pin.

A board's top is built as `pulsetrain build` does, but without the board's memory, with the fastest
possible serial line, and for its slowest clock, because delays are not simulated. The family's
`Unpacker` says what is read back.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pulsetrain.boards.board import Board
from pulsetrain.boards.top import TOP, Top, make_top, slowest_clock
from pulsetrain.errors import USAGE, PulsetrainError
from pulsetrain.files import temporary_folder
from pulsetrain.fpga.family import Family, Part, Unpacker
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


@dataclass(frozen=True, kw_only=True)
class PlacedBoard:
    """A board whose top was placed and routed in `folder`, for a part with the options that its
    family's `Unpacker` needs."""

    part: Part
    top: Top
    folder: Path

    def unpacked(self) -> str:
        """The Verilog of what would be loaded onto the board, with models of its cells and the
        module `board_pins.PINS`.

        Raises:
            ToolMissingError, ToolFailedError: a program is missing, or failed.
        """
        pack(self.part, self.folder)
        unpacker = self.part.family.unpacker
        assert unpacker is not None
        return _with_pins(unpacker.verilog(self.part, self.folder), self.top, unpacker,
                          self.part.family)


def place_board(config: Config, board: Board, folder: Path,
                step: Callable[[str], object] = lambda name: None) -> PlacedBoard:
    """Place and route `board` with the engine of `config` in `folder`; `step` is told what is being
    done.

    Raises:
        NotUnpackedError: the family has no `Unpacker`, or this does not reach a cell of the design.
        ToolMissingError, ToolFailedError: a program is missing, or failed.
    """
    unpacker = board.part.family.unpacker
    if unpacker is None:
        raise NotUnpackedError(f"board must have an FPGA whose bitstreams can be unpacked, not "
                               f"{board.name}")
    family = _for(board.part.family, unpacker)
    board = board.without_memory
    board = replace(board, part=replace(board.part, family=family))
    clock = slowest_clock(board)
    step("generating")
    top = make_top(config, board, clock, divisor=DIVISOR)
    folder.mkdir(parents=True, exist_ok=True)
    verilog, constraints = folder / f"{TOP}.v", folder / f"{TOP}.{family.constraints}"
    verilog.write_text(top.verilog, encoding="utf-8")
    constraints.write_text(top.constraints, encoding="utf-8")
    step("synthesising")
    netlist = synthesise(verilog, TOP, family, folder / "synthesis")
    for resource in unpacker.beyond:
        if netlist.resources.get(resource):
            raise NotUnpackedError(
                f"{resource} must not be used: it cannot be unpacked from a bitstream for "
                f"{board.name}; engine.multipliers=lut and engine.memory=block need none")
    step("placing and routing")
    placed = PlacedBoard(part=board.part, top=top, folder=folder / "placed")
    place(netlist, placed.part, clock, 1, placed.folder, constraints=constraints)
    return placed


def _for(family: Family, unpacker: Unpacker) -> Family:
    """`family` with the options that `unpacker` needs."""
    assert family.placer is not None  # its bitstreams are made here
    synthesis = replace(family.synthesis,
                        command=family.synthesis.command + unpacker.synthesised)
    placer = replace(family.placer, options=(*family.placer.options, *unpacker.placed))
    return replace(family, synthesis=synthesis, placer=placer,
                   windows=unpacker.windows or family.windows)


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
def engine_in(config: Config, text: str) -> Iterator[BoardEngine]:
    """The engine of `config` in the Verilog `text`, reached over the pins of its serial line.

    Raises:
        sim.runner.SimulatorMissingError: Verilator or a program that it needs is not installed.
        sim.runner.SimulationFailedError: a cell has no model.
        BoardRefusedError: what is in the text is not this engine.
    """
    line = NativeLine(text, divisor=DIVISOR,
                      silence=longest_wait(config) + 4 * CREDIT_STEP * CYCLES_PER_BYTE)
    try:
        with BoardEngine(config, Link(line)) as engine:
            yield engine
    finally:
        line.close()


@contextmanager
def bitstream_engine(config: Config, board: Board,
                     step: Callable[[str], object] = lambda name: None) -> Iterator[BoardEngine]:
    """The engine in what would be loaded onto `board`.

    Raises:
        NotUnpackedError, ToolMissingError, ToolFailedError: as of `place_board`.
        SimulatorMissingError, SimulationFailedError, BoardRefusedError: as of `engine_in`.
    """
    with temporary_folder() as folder:
        placed = place_board(config, board, folder, step)
        step("packing and unpacking")
        text = placed.unpacked()
    step("compiling and training")
    with engine_in(config, text) as engine:
        yield engine
