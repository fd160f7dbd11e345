"""Initial contents of memories in emitted Verilog.

Emitted Verilog assigns each word of a memory by itself, which every tool accepts. Verilator and g++
take 1.4 s to compile a thousand such assignments.
"""

import re

_WORD = r"    (\S+ ?)\[(\d+)\] = \d+'h0+;\n"

_CLEARED = re.compile(rf"^  initial begin\n((?:{_WORD})+)  end\n", re.MULTILINE)
"""The contents of a memory of zeros, as Yosys writes them."""

_FEWEST = 16
"""Words of the smallest memory that is cleared in a loop."""


def in_loops(verilog: str) -> str:
    """The text `verilog`, with a loop that clears a memory in place of as many assignments.

    Memories with other contents keep their assignments.
    """
    return _CLEARED.sub(_looped, verilog)


def _looped(block: re.Match[str]) -> str:
    words = re.findall(_WORD, block[1])
    memory = words[0][0]
    if len(words) < _FEWEST or words != [(memory, str(index)) for index in range(len(words))]:
        return block[0]
    return (f"  initial for (integer word_ = 0; word_ < {len(words)}; word_ = word_ + 1)\n"
            f"    {memory}[word_] = 0;\n")
