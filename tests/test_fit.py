"""Fit: memories are counted as the hardware builds them and as Yosys maps them."""

from functools import cache
from itertools import chain

import pytest
from amaranth.hdl import Shape
from amaranth.lib.memory import Memory
from small import small_config

from pulsetrain.emit import emit_verilog
from pulsetrain.fpga.families import FAMILIES, PARTS, SIMULATED
from pulsetrain.fpga.fit import estimated
from pulsetrain.fpga.synthesis import synthesise
from pulsetrain.hdl.engine.address import RowAddress
from pulsetrain.hdl.engine.delta import DeltaMemory
from pulsetrain.hdl.engine.events import HiddenEvents
from pulsetrain.hdl.engine.loader import Loader
from pulsetrain.hdl.engine.synapse import SynapseMemory
from pulsetrain.hdl.library.memory import separate_memory
from pulsetrain.hdl.link.framer import Framer
from pulsetrain.hdl.link.inbox import Inbox
from pulsetrain.hdl.link.linked import LinkedEngine
from pulsetrain.protocol import link_memories
from pulsetrain.spec.memories import MemorySize


def network(inputs, hidden=(), outputs=3, lanes=1):
    return small_config(network={"inputs": inputs, "hidden": list(hidden), "outputs": outputs},
                        engine={"lanes": lanes})


@cache
def emitted(make, *arguments):
    """The Verilog of the component `make(*arguments)`; every family synthesises the same."""
    return emit_verilog(make(*arguments), "dut")


def built(family, folder, make, *arguments):
    """The block RAMs that Yosys makes of the component `make(*arguments)`."""
    (folder / "dut.v").write_text(emitted(make, *arguments))
    made = synthesise(folder / "dut.v", "dut", FAMILIES[family], folder / family)
    return made.resources["block_ram"]


def block_rams(size, family):
    """The block RAMs of a memory, by the estimate."""
    return FAMILIES[family].memories.block_rams(size)


@pytest.mark.parametrize("family", SIMULATED)
@pytest.mark.parametrize("inputs", [13, 784, 1023, 1024, 1025])
def test_the_loader(family, inputs, tmp_path):
    config = network(inputs)
    counted, found = (block_rams(config.design.memories.input_events, family),
                      built(family, tmp_path, Loader, config))
    assert found <= counted <= found + (inputs > 1024)  # deeper than a block RAM of iCE40


@pytest.mark.parametrize("family", SIMULATED)
@pytest.mark.parametrize("hidden", [[5], [32], [64], [130, 70]], ids=str)
def test_the_events_of_hidden_layers(family, hidden, tmp_path):
    config = network(13, hidden)
    counted = block_rams(config.design.memories.hidden_events, family)
    assert counted == built(family, tmp_path, HiddenEvents, config)


@pytest.mark.parametrize("family", SIMULATED)
@pytest.mark.parametrize(("hidden", "lanes"), [([32], 2), ([200], 1), ([200], 32)], ids=str)
def test_the_deltas_and_their_groups(family, hidden, lanes, tmp_path):
    config = network(13, hidden, lanes=lanes)
    counted = sum(block_rams(size, family)
                  for size in (*config.design.memories.group_trits,
                               *config.design.memories.group_deltas,
                               config.design.memories.group_visits))
    assert counted == built(family, tmp_path, DeltaMemory, config)


@pytest.mark.parametrize("family", SIMULATED)
@pytest.mark.parametrize("hidden", [[80], [175], [200], [500, 500]], ids=str)
def test_the_bases_of_groups(family, hidden, tmp_path):
    config = network(13, hidden)
    counted = block_rams(config.design.memories.group_bases, family)
    assert counted == built(family, tmp_path, RowAddress, config)


@pytest.mark.parametrize("family", SIMULATED)
@pytest.mark.parametrize(("inputs", "lanes"), [(300, 4), (1023, 8), (1200, 2)], ids=str)
def test_the_synapses(family, inputs, lanes, tmp_path):
    config = network(inputs, outputs=4, lanes=lanes)
    banks = chain(*config.design.memories.synapse_banks)
    counted = sum(block_rams(size, family) for size in banks)
    assert counted == built(family, tmp_path, SynapseMemory, config)


@pytest.mark.parametrize("family", SIMULATED)
def test_the_link(family, tmp_path):
    for name, make, size in zip(("inbox", "framer"), (Inbox, Framer), link_memories(), strict=True):
        (tmp_path / name).mkdir()
        assert block_rams(size, family) == built(family, tmp_path / name, make)


@pytest.mark.parametrize("family", SIMULATED)
@pytest.mark.parametrize("inputs", [1024])
def test_the_whole_core_of_a_board(family, inputs, tmp_path):
    config = network(inputs, outputs=2)
    part = next(part for part in PARTS.values() if part.family.name == family)
    assert (estimated(config, part)["block_ram"]
            == built(family, tmp_path, LinkedEngine, config, 24))


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
    emit_verilog(LinkedEngine(config, 24), "dut")
    sizes = [*config.design.memories.all, *link_memories()]
    assert found == {(size.depth, size.bits) for size in sizes if size.depth}


def test_words_of_another_width_are_refused():
    with pytest.raises(ValueError, match="a word must have 9 bits, not 8"):
        separate_memory(8, MemorySize(depth=4, bits=9))
