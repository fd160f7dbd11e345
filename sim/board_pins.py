"""The Verilog of a whole board: its top, with the model of a memory chip at its pins."""

from pulsetrain.boards.board import Board, board_for
from pulsetrain.boards.clock import auto_clock
from pulsetrain.boards.top import TOP, Top, make_top
from pulsetrain.spec import Config
from pulsetrain.store.chips import BANK_BITS, ROW_BITS, WORD_BITS

from .chip import parameters_of

PINS = "pins"
"""The module, whose ports are the same for all boards: clk, rx, tx."""

CHIP_PORTS = {"clk": "clk", "clk_en": "cke", "cs": "cs_n", "ras": "ras_n", "cas": "cas_n",
              "we": "we_n", "ba": "ba", "a": "a", "dqm": "dqm"}
"""The port of the model of a chip for each output among the pins of a board's memory."""

_WIDTHS = {"ba": BANK_BITS, "a": ROW_BITS, "dqm": WORD_BITS // 8}


def board_verilog(config: Config, board: Board, divisor: int) -> str:
    """The text with the module `PINS`: `board` with the engine of `config`, at `divisor` clock
    cycles per bit.

    The board's memory is used if the engine can take samples from it; its chip is the first one of
    the board's.
    """
    board = board_for(config, board)
    top = make_top(config, board, auto_clock(config, board), divisor=divisor)
    chip = _chip(top, board) if top.memory else ""
    ports = {top.clock_pin: "clk", top.rx_pin: "line", top.tx_pin: "tx",
             **{port: f"chip_{pin}" for pin, port in top.memory_pins.items()}}
    connections = ", ".join(f".\\{port} ({wire})" for port, wire in ports.items())
    return (f"{top.verilog}module {PINS}(input clk, input rx, output tx);\n"
            f"  wire line;\n  assign line = rx;\n{chip}"
            f"  {TOP} board({connections});\nendmodule\n")


def _chip(top: Top, board: Board) -> str:
    """Verilog of the chip and of the wires at its pins."""
    chip = board.chips[0]
    values = parameters_of(chip, top.memory.period, chip.words)
    parameters = ", ".join(f".{name}({value})" for name, value in values.items())
    wires = "".join(f"  wire [{_WIDTHS.get(pin, 1) - 1}:0] chip_{pin};\n" for pin in CHIP_PORTS)
    ports = ", ".join(f".{port}(chip_{pin})" for pin, port in CHIP_PORTS.items())
    return (f"{wires}  wire [{WORD_BITS - 1}:0] chip_dq, answer;\n  wire answers, failed;\n"
            f"  assign chip_dq = answers ? answer : {WORD_BITS}'bz;\n"
            f"  sdr_sdram #({parameters}) chip({ports}, .dq_i(chip_dq), .dq_o(answer), "
            f".dq_oe(answers), .failed(failed));\n")
