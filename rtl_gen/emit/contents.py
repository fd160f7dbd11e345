"""Initial contents of memories in emitted Verilog.

Emitted Verilog assigns each word of a memory by itself, which every tool accepts. Verilator and g++
take 1.4 s to compile a thousand such assignments; Yosys takes 13 s to read eight thousand.
"""

import re
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

_WORD = re.compile(r"    (\S+ ?)\[(\d+)\] = \d+'([hd])([0-9a-f]+);\n")

_CONTENTS = re.compile(rf"^  initial begin\n((?:{_WORD.pattern})+)  end\n", re.MULTILINE)
"""The contents of a memory, as Yosys writes them."""

_FEWEST = 16
"""Words of the smallest memory that is not filled by assignments."""


def in_loops(verilog: str) -> str:
    """The text `verilog`, with a loop that clears a memory in place of as many assignments.

    Memories with other contents keep their assignments.
    """
    def looped(memory: str, words: list[int]) -> str:
        if any(words):
            return ""
        return (f"  initial for (integer word_ = 0; word_ < {len(words)}; word_ = word_ + 1)\n"
                f"    {memory}[word_] = 0;\n")

    return _CONTENTS.sub(partial(_filled, by=looped), verilog)


def in_files(verilog: str, folder: Path) -> str:
    """The text `verilog`, in which `$readmemh` reads the contents of memories from files, which are
    written into `folder`. A tool that reads the text must run in the parent of `folder`.

    Yosys reads such files thirty times as fast as assignments.
    """
    numbers = count()

    def read(memory: str, words: list[int]) -> str:
        path = folder / f"{next(numbers)}.hex"
        path.write_text("\n".join(f"{word:x}" for word in words), encoding="ascii")
        return (f'  initial $readmemh("{folder.name}/{path.name}", {memory}, 0, '
                f'{len(words) - 1});\n')

    return _CONTENTS.sub(partial(_filled, by=read), verilog)


def _filled(block: re.Match[str], by: Callable[[str, list[int]], str]) -> str:
    """What `by` gives for a memory and its words, or the block as it is, if that is nothing, or if
    these are few or not all words."""
    words = _WORD.findall(block[1])
    memory = words[0][0]
    if len(words) < _FEWEST or [word[:2] for word in words] != [
            (memory, str(index)) for index in range(len(words))]:
        return block[0]
    values = [int(digits, {"h": 16, "d": 10}[base]) for _, _, base, digits in words]
    return by(memory, values) or block[0]
