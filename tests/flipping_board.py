"""A virtual board whose synapse memory flips a bit now and then, behind a pseudo-terminal.

    python tests/flipping_board.py CONFIG WRITES ...

inverts the lowest bit of row `ROW` after so many writes of rows, and otherwise is as
`pulsetrain.sim.virtual`.
"""

import re
import sys

from pulsetrain.sim.board_pins import board_verilog
from pulsetrain.sim.native_board import CYCLES_PER_BYTE, DEFAULT_BOARD, DIVISOR, NativeLine
from pulsetrain.sim.virtual import serve
from pulsetrain.spec import load_config

ROW, PAUSE = 6, 40
"""The row, and how many cycles without a write precede a flip: no write of this row is on its way
then, which would undo it."""

_WRITE = re.compile(r"^module \w*synapsebank[^;]*;\n.*?if \(write\)\n.*?;\n",
                    re.DOTALL | re.MULTILINE)


def flipping(verilog: str, writes: list[int]) -> str:
    """`verilog` with the flips."""
    [bank] = _WRITE.findall(verilog)
    limits = "".join(f"done_ == {number} ? {count} : " for number, count in enumerate(writes))
    head, rest = bank.split(";\n", 1)
    return verilog.replace(bank, f"""{head};
  integer count_ = 0, idle_ = 0, done_ = 0;
{rest}
    count_ <= count_ + write;
    idle_ <= write ? 0 : idle_ + 1;
    if (idle_ == {PAUSE} && !write && count_ >= ({limits}1 << 30)) begin
      memory[{ROW}] <= memory[{ROW}] ^ 1;
      done_ <= done_ + 1;
    end
""")


if __name__ == "__main__":
    config = load_config(sys.argv[1], settings=["engine.parity=true"])
    verilog = flipping(board_verilog(config, DEFAULT_BOARD.without_memory, DIVISOR),
                       [int(count) for count in sys.argv[2:]])
    serve(NativeLine(verilog, divisor=DIVISOR, silence=5000 * CYCLES_PER_BYTE),
          [sys.stdin.fileno()])
