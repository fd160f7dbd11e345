"""Memories that are cleared in a loop, or filled from files, hold what the emitted Verilog says."""

import re
import shutil

import pytest
from amaranth.hdl import Module
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.emit import emit_verilog, in_files, in_loops
from pulsetrain.processes import run

CONTENTS = {"filled": [7 * word % 1000 for word in range(40)], "cleared": [0] * 500,
            "wide": [word << 22 for word in range(30)], "small": [3, 0]}
"""The words of each memory; those of 32 bits are emitted as decimal numbers."""

BITS = {"wide": 32}
"""Bits of a word, if not 10."""


class Memories(Component):
    """A memory for each of `CONTENTS`, which is written and read.

    Members:
        address: In(9).
        word: In(10).
        enable: In(1).
        NAME: Out, what the memory NAME holds at the address.
    """

    def __init__(self) -> None:
        super().__init__({"address": In(9), "word": In(10), "enable": In(1),
                          **{name: Out(BITS.get(name, 10)) for name in CONTENTS}})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        for name, words in CONTENTS.items():
            m.submodules[name] = memory = Memory(
                shape=BITS.get(name, 10), depth=len(words), init=words)
            write, read = memory.write_port(), memory.read_port()
            m.d.comb += [write.addr.eq(self.address), write.data.eq(self.word),
                         write.en.eq(self.enable), read.addr.eq(self.address),
                         getattr(self, name).eq(read.data)]
        return m


@pytest.fixture(scope="module")
def emitted():
    return emit_verilog(Memories(), "dut")


def test_other_texts_have_the_same_contents(emitted, tmp_path):
    contents = tmp_path / "contents"
    contents.mkdir()
    files, loops = in_files(emitted, contents), in_loops(emitted)
    assert len(loops.splitlines()) < len(emitted.splitlines()) - 400
    assert len(files.splitlines()) < len(loops.splitlines()) - 30
    assert len(list(contents.glob("*.hex"))) == 3  # not of the smallest
    texts = {"dut": emitted, "files": files, "loops": loops}
    names = {int(last) + 1: name for name, last in re.findall(
        r"^  reg \[\d+:0\] (\S+ +)\[(\d+):0\];", emitted, re.MULTILINE)}
    shown = "".join(
        f'for (index = 0; index < {len(words)}; index = index + 1)\n'
        f'  $display("{top} {memory} %0d", {top}.{names[len(words)]}[index]);\n'
        for top in texts for memory, words in CONTENTS.items())
    (tmp_path / "all.v").write_text(
        "".join(re.sub(r"\bdut\b", top, text) for top, text in texts.items())
        + f"module show;\n  integer index;\n  {' '.join(f'{top} {top}();' for top in texts)}\n"
          f"  initial begin\n#1\n{shown}end\nendmodule\n")
    for command in (["iverilog", "-g2012", "-s", "show", "-o", "all", "all.v"], ["vvp", "all"]):
        ended = run([shutil.which(command[0]), *command[1:]], cwd=tmp_path)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.splitlines() == [
        f"{top} {name} {word}" for top in texts for name, words in CONTENTS.items()
        for word in words]


def test_contents_that_are_not_whole_stay(emitted, tmp_path):
    """Words that are missing stay unknown."""
    torn = re.sub(r"^    \S+ ?\[\d*5\] = .*\n", "", emitted, flags=re.MULTILINE)
    assert torn.count("\n") < emitted.count("\n") - 50
    assert in_loops(torn) == torn
    assert in_files(torn, tmp_path) == torn
