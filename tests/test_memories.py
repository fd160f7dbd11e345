"""Memories: the hardware has exactly the declared ones."""

import re
from collections import Counter
from dataclasses import replace
from math import prod

import pytest
from amaranth.back import rtlil
from testbenches import configuration

from pulsetrain.hdl.engine.engine import Engine
from pulsetrain.spec import Config
from pulsetrain.spec.memories import MemorySize, spram_grid

MODULE = re.compile(r"^module \\(\S+)$", re.MULTILINE)
TABLE = re.compile(r"\.table(\$\d+)?$")
MEMORY = re.compile(r"^  memory width (\d+) size (\d+) ", re.MULTILINE)


def found_in(config: Config) -> tuple[Counter[tuple[int, int]], int]:
    """(number of memories by depth x bits, single-port RAMs) of an elaborated engine, without the
    tables of its lanes."""
    _, *parts = MODULE.split(rtlil.convert(Engine(config), name="engine", emit_src=False))
    sizes, cells = Counter(), 0
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        cells += text.count("cell \\SB_SPRAM256KA ")
        if not TABLE.search(name):
            sizes.update((int(depth), int(bits)) for bits, depth in MEMORY.findall(text))
    return sizes, cells


def declared(config: Config) -> Counter[tuple[int, int]]:
    return Counter((size.depth, size.bits) for size in config.design.memories.all)


@pytest.mark.parametrize("name", ["lanes-1", "lanes-16", "deep", "one-layer", "raw", "varied",
                                  "banks", "deep-banks", "spram", "spram-banks"])
def test_hardware_has_the_declared_memories(name):
    config = configuration(name)
    sizes, cells = found_in(config)
    assert sizes == declared(config)
    assert cells == (prod(spram_grid(config)) if config.engine.single_port else 0)
    assert bool(cells) != bool(config.design.memories.synapse_banks)


@pytest.mark.parametrize("name", ["input_events", "hidden_events", "group_visits", "group_bases",
                                  "group_trits", "group_deltas", "synapse_banks"])
def test_hardware_takes_its_sizes_from_the_design(name):
    """A memory that is declared deeper than needed is built deeper."""
    config = configuration("lanes-4")
    usual, design = config.design.memories, config.design

    def deeper(size: MemorySize | tuple) -> MemorySize | tuple:
        if isinstance(size, tuple):
            return tuple(map(deeper, size))
        return replace(size, depth=size.depth + 1)

    design.__dict__["memories"] = replace(usual, **{name: deeper(getattr(usual, name))})
    assert found_in(config)[0] == declared(config) != declared(configuration("lanes-4"))
