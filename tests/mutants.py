"""Mutants: small random edits by yosys `mutate`, in every block of an engine in turn.

The engine is flattened and its dead logic removed before it is mutated, so that few mutants are
equivalent to the engine.
"""

import re
from bisect import bisect
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from netlists import yosys

from pulsetrain.emit import CELLS, TOP
from pulsetrain.formats import engine as formats
from pulsetrain.golden.cycles import LayerEvents, predicted_cycles
from pulsetrain.spec import Config
from pulsetrain.spec.memories import REGISTER_WORDS

CANDIDATES, SEED = 800, 1

_PREPARE = f"""
read_verilog engine.v
read_verilog -lib cells.v
hierarchy -check -top {TOP}
setattr -mod -unset keep_hierarchy *
proc
flatten
setattr -unset keep w:* c:*
opt -full
wreduce
opt -full
memory_collect
opt_clean -purge
write_rtlil engine.il
"""

_CONSTANT = re.compile("-port (SRST|RD_EN|RD_SRST|RD_ARST) ")


@dataclass(frozen=True)
class Mutant:
    """The block that was edited, the yosys command that edits it, and the edited Verilog."""

    block: str
    command: str
    verilog: Path

    @property
    def wire_bit(self) -> int:
        """The bit of the wire that was edited; -1 if yosys names no wire."""
        found = re.search(r"-wirebit (\d+)", self.command)
        return int(found[1]) if found else -1


def make_mutants(verilog: Path, folder: Path, count: int) -> list[Mutant]:
    """Write `count` mutants of the engine `verilog` into the empty `folder`.

    Resets of registers are not mutated: most registers hold data behind a `valid`, and need none.
    Nor are enables and resets of a memory's read ports, which yosys requires to be constants.
    """
    chosen: dict[str, list[str]] = {}
    for block, command in candidates(verilog, folder, CANDIDATES):
        chosen.setdefault(block, []).append(command)
    blocks_in_turn = sorted(chosen)
    commands = [(block, command) for turn in zip_longest(*(chosen[name] for name in blocks_in_turn))
                for block, command in zip(blocks_in_turn, turn, strict=True) if command]
    mutants = [Mutant(block, command, folder / f"{number}-{block}.v")
               for number, (block, command) in enumerate(commands[:count])]
    yosys("read_rtlil engine.il\ndesign -save engine\n" + "".join(
        f"design -load engine\n{mutant.command}\nwrite_verilog -noattr {mutant.verilog.name}\n"
        for mutant in mutants), folder)
    return mutants


def candidates(verilog: Path, folder: Path, count: int,
               cells: str = "") -> list[tuple[str, str]]:
    """About `count` edits of the engine `verilog`, spread evenly over its bits: the block, and the
    command of yosys for the design `engine.il`, which is written into the empty `folder`. `cells`
    is a selection of those to edit."""
    text = verilog.read_text()
    (folder / "engine.v").write_text(text)
    (folder / "cells.v").write_text("".join(
        cell.read_text() for cell in sorted(CELLS.glob("*.v")) if cell.stem in text))
    yosys(f"{_PREPARE}mutate -list {count} -seed {SEED} -o candidates.txt {cells}\n", folder)
    blocks = _blocks(text)
    found = []
    for command in (folder / "candidates.txt").read_text().splitlines():
        if not _CONSTANT.search(command) and (block := _block(command, blocks)):
            found.append((block, command.split(" -src ")[0]))
    return found


def cycles_are_few(config: Config) -> list[str]:
    """Rules for `proven_equal`: a sample takes no more cycles than it can. The proofs of
    `formal.sequencer` show for small engines that no sample takes more than the model says."""
    highest = (most_cycles(config) + 1).bit_length()
    offset = formats.result(config)["cycles"].offset
    return [f"{{sequencer.elapsed}} >> {highest} == 0",
            f"{{o_result__payload}} >> {offset + highest} == 0"]


def counts_are_few(config: Config, verilog: Path) -> list[str]:
    """The same: between two visits, which are 16 cycles apart, the registers of the engine
    `verilog` count one sample and one error at most. A sample takes more cycles than that, so no
    more than three are refused then, and one request of a host in four cycles."""
    if least_cycles(config) <= REGISTER_WORDS:
        return []
    return [f"{{registers.counted_refused}} <= {REGISTER_WORDS // 4 + 3}", *(
        f"{{registers.{wire}}}[{REGISTER_WORDS.bit_length() - 1}:1] == 0"
        for name in ("counted_samples", "counted_errors")
        for wire in (name, *re.findall(rf"assign (\w+) = {name} \+ ", verilog.read_text())))]


def values_are_in_range(config: Config) -> list[str]:
    """The same: lists hold no more than their layer has, and an empty one is known as empty;
    groups that are visited are listed; outputs exist. The proofs of `formal.memories` show that for
    small engines. States exist: a host writes no others, and by `formal.pairs` none is computed."""
    layers, pair, states = config.design.layers, formats.pair(config), config.design.states
    visit, listed = "{sequencer.delta__visit}", "{delta.$like}"
    drained, unit = "{sequencer.drain_layer}", "{sequencer.drain_first_unit}"
    return [f"{{delta.sequencer__some_groups}} == ({listed} != 0)",
            f"{listed} <= {max(layer.groups for layer in layers)}",
            f"{visit} == 0 || {visit} < {{delta.sequencer__groups}}",
            f"{drained} != {len(layers) - 1} || {unit} < {layers[-1].outputs}",
            *(f"{{events.count_{layer.number}}} <= {layer.outputs}" for layer in layers[:-1]),
            *(f"{{pulse.pair}}[{pair[role].offset} +: {config.design.state_bits}] < {states}"
              for role in ("plus", "minus"))]


def least_cycles(config: Config) -> int:
    """Cycles of a sample without any event, which is not trained."""
    return predicted_cycles(config, [LayerEvents(
        inputs=0, strong=0, visited=0, units=(0,) * layer.groups, groups=0, pulses=False)
        for layer in config.design.layers])


def most_cycles(config: Config) -> int:
    """Cycles of a sample that keeps every input, unit and group busy."""
    lanes = config.engine.lanes
    return predicted_cycles(config, [LayerEvents(
        inputs=layer.inputs, strong=layer.inputs, visited=layer.rows,
        units=(lanes,) * layer.groups, groups=layer.groups, pulses=True)
        for layer in config.design.layers])


def _blocks(verilog: str) -> list[tuple[int, str]]:
    """(first line, name) of every module, without the numbers that Amaranth adds."""
    return [(number, re.sub(r"\$\d+$|_[0-9a-f]{8}$", "", found[1]).removeprefix(f"{TOP}."))
            for number, line in enumerate(verilog.splitlines(), 1)
            if (found := re.match(r"module \\?(\S+?) ?\(", line))]


def _block(command: str, blocks: list[tuple[int, str]]) -> str | None:
    """The block that holds the mutated cell; None if yosys has lost its line."""
    lines = re.findall(r"-src engine\.v:(\d+)", command)
    if not lines:
        return None
    return blocks[bisect(blocks, (int(lines[-1]), "~")) - 1][1]
