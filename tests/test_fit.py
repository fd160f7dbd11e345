"""Fit: memories are counted as the hardware builds them and as Yosys maps them."""

import json
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import chain

import pytest
from amaranth.hdl import Fragment, Shape
from amaranth.lib.memory import Memory
from netlists import share_without_contents, yosys
from small import small_config

from pulsetrain.emit import emit_all, in_files
from pulsetrain.files import temporary_folder
from pulsetrain.fpga.families import FAMILIES, PARTS, SIMULATED
from pulsetrain.fpga.fit import estimated
from pulsetrain.hdl.engine.address import RowAddress
from pulsetrain.hdl.engine.delta import DeltaMemory
from pulsetrain.hdl.engine.events import HiddenEvents
from pulsetrain.hdl.engine.loader import Loader
from pulsetrain.hdl.engine.synapse import SynapseMemory
from pulsetrain.hdl.library.memory import separate_memory
from pulsetrain.hdl.link.framer import Framer
from pulsetrain.hdl.link.inbox import Inbox
from pulsetrain.hdl.link.linked import LinkedEngine
from pulsetrain.protocol import Windows, link_memories
from pulsetrain.spec.memories import MemorySize


def network(inputs, hidden=(), outputs=3, lanes=1):
    return small_config(network={"inputs": inputs, "hidden": list(hidden), "outputs": outputs},
                        engine={"lanes": lanes})


def wide_engine(config):
    """A linked engine with larger buffers than the least."""
    return LinkedEngine(config, 24, windows=FITTING)


LOADERS = (13, 1023, 1024, 1025)
EVENTS = ((5,), (32,), (64,), (130, 70))
DELTAS = (((32,), 2), ((200,), 1), ((200,), 32))
BASES = ((80,), (175,), (200,), (500, 500))
SYNAPSES = ((300, 4), (1023, 8), (1200, 2))
WIDE = Windows(commands=8192, answers=4096)
WINDOWS = (Windows(), WIDE)
FITTING = Windows(commands=2048, answers=1024)
"""Larger than the least, and small enough for an iCE40 with an engine."""

COMPONENTS = (
    *((Loader, network(inputs)) for inputs in LOADERS),
    *((HiddenEvents, network(13, hidden)) for hidden in EVENTS),
    *((DeltaMemory, network(13, hidden, lanes=lanes)) for hidden, lanes in DELTAS),
    *((RowAddress, network(13, hidden)) for hidden in BASES),
    *((SynapseMemory, network(inputs, outputs=4, lanes=lanes)) for inputs, lanes in SYNAPSES),
    *((Inbox, windows.commands) for windows in WINDOWS),
    *((Framer, windows.answers) for windows in WINDOWS),
    (wide_engine, network(1024, outputs=2)))
"""Every component that is synthesised, and what it is made of."""


def end(family):
    """The step of synthesis after that which maps block RAMs."""
    return {"xc7": "fine"}.get(family, "map_ffram")


@cache
def synthesised():
    """The block RAMs that Yosys makes of each of `COMPONENTS`: family -> component -> number.

    They are modules of one design, because reading a family's cells takes longer than most of them.
    Synthesis stops when block RAMs are mapped. Memories that are written begin with unknown values,
    and what block RAMs contain is left out: Yosys would take a second for each.
    """
    names = {f"dut_{number}": given for number, given in enumerate(COMPONENTS)}
    verilog = emit_all({name: make(*arguments) for name, (make, *arguments) in names.items()},
                       initial_values=False)
    instances = "\n".join(f"  {name} instance_{name}();" for name in names)
    with temporary_folder() as folder:
        (folder / "contents").mkdir()
        (folder / "all.v").write_text(in_files(verilog, folder / "contents")
                                      + f"\nmodule all();\n{instances}\nendmodule\n")
        yosys(f"read_verilog all.v\nsetattr -mod -set keep_hierarchy 1 {' '.join(names)}\n"
              "design -save read\n"
              + "".join("design -load read\n"
                        f"{FAMILIES[family].synthesis.command} -top all -run begin:{end(family)}\n"
                        f"tee -q -o {family}.json stat -json\n" for family in SIMULATED), folder,
              share_without_contents(folder))
        found = {family: json.loads((folder / f"{family}.json").read_text())["modules"]
                 for family in SIMULATED}

    def cells(modules, module):
        total = Counter()
        for cell, count in modules[module]["num_cells_by_type"].items():
            inside = cells(modules, f"\\{cell}") if f"\\{cell}" in modules else {cell: 1}
            for inner, number in inside.items():
                total[inner] += count * number
        return total

    return {family: {given: FAMILIES[family].synthesis.resources(cells(modules, f"\\{name}"))
                     ["block_ram"] for name, given in names.items()}
            for family, modules in found.items()}


def built(family, *component):
    """The block RAMs that Yosys makes of one of `COMPONENTS` for a family."""
    return synthesised()[family][component]


def block_rams(size, family):
    """The block RAMs of a memory, by the estimate."""
    return FAMILIES[family].memories.block_rams(size)


@pytest.mark.parametrize("family", SIMULATED)
@pytest.mark.parametrize("inputs", LOADERS)
def test_the_loader(family, inputs):
    config = network(inputs)
    counted, found = (block_rams(config.design.memories.input_events, family),
                      built(family, Loader, config))
    assert found <= counted <= found + (inputs > 1024)  # deeper than a block RAM of iCE40


@pytest.mark.parametrize("family", SIMULATED)
@pytest.mark.parametrize("hidden", EVENTS, ids=str)
def test_the_events_of_hidden_layers(family, hidden):
    config = network(13, hidden)
    counted = block_rams(config.design.memories.hidden_events, family)
    assert counted == built(family, HiddenEvents, config)


@pytest.mark.parametrize("family", SIMULATED)
@pytest.mark.parametrize(("hidden", "lanes"), DELTAS, ids=str)
def test_the_deltas_and_their_groups(family, hidden, lanes):
    config = network(13, hidden, lanes=lanes)
    counted = sum(block_rams(size, family)
                  for size in (*config.design.memories.group_trits,
                               *config.design.memories.group_deltas,
                               config.design.memories.group_visits))
    assert counted == built(family, DeltaMemory, config)


@pytest.mark.parametrize("family", SIMULATED)
@pytest.mark.parametrize("hidden", BASES, ids=str)
def test_the_bases_of_groups(family, hidden):
    config = network(13, hidden)
    counted = block_rams(config.design.memories.group_bases, family)
    assert counted == built(family, RowAddress, config)


@pytest.mark.parametrize("family", SIMULATED)
@pytest.mark.parametrize(("inputs", "lanes"), SYNAPSES, ids=str)
def test_the_synapses(family, inputs, lanes):
    config = network(inputs, outputs=4, lanes=lanes)
    banks = chain(*config.design.memories.synapse_banks)
    counted = sum(block_rams(size, family) for size in banks)
    assert counted == built(family, SynapseMemory, config)


@pytest.mark.parametrize("family", SIMULATED)
@pytest.mark.parametrize("windows", WINDOWS, ids=str)
def test_the_link(family, windows):
    inbox, framer = link_memories(windows)
    assert block_rams(inbox, family) == built(family, Inbox, windows.commands)
    assert block_rams(framer, family) == built(family, Framer, windows.answers)


@pytest.mark.parametrize("family", SIMULATED)
def test_the_whole_core_of_a_board(family):
    config = network(1024, outputs=2)
    part = next(part for part in PARTS.values() if part.family.name == family)
    part = replace(part, family=replace(part.family, windows=FITTING))
    assert (estimated(config, part)["block_ram"]
            == built(family, wide_engine, config))


@pytest.mark.parametrize("config", [
    small_config(), network(16), small_config(engine={"lanes": 4, "input": "raw"}),
    network(13, [200], lanes=32), network(1200, [9])], ids=range(5))
def test_no_memory_is_left_out(config, monkeypatch):
    """The list holds every memory of a linked engine, and no other."""
    found, make = set(), Memory.__init__

    def note(memory, *, shape, depth, **others):
        found.add((depth, Shape.cast(shape).width))
        make(memory, shape=shape, depth=depth, **others)

    monkeypatch.setattr(Memory, "__init__", note)
    Fragment.get(LinkedEngine(config, 24, windows=WIDE), None)
    sizes = [*config.design.memories.all, *link_memories(WIDE)]
    assert found == {(size.depth, size.bits) for size in sizes if size.depth}


def test_words_of_another_width_are_refused():
    with pytest.raises(ValueError, match="a word must have 9 bits, not 8"):
        separate_memory(8, MemorySize(depth=4, bits=9))
