"""Memories: nothing is read that was not written, nothing is written where there is no room, and no
word is needed while it is written; and the counters of a sample count."""

import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

from amaranth.hdl import Cat, Mux, Signal, Value
from amaranth.lib.data import View
from amaranth.lib.memory import Memory
from formal.prover import Claims
from formal.sequencer import any_sample, most_cycles

from pulsetrain.hdl.engine.engine import Engine
from pulsetrain.hdl.engine.loader import Loader
from pulsetrain.hdl.engine.parity import _INPUT, _TREE
from pulsetrain.hdl.engine.registers import RegisterBank, most_added
from pulsetrain.hdl.library import memory as memory_module
from pulsetrain.hdl.library.arithmetic import by_layer
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.registers import registers_of
from pulsetrain.spec import Config
from pulsetrain.spec.memories import REGISTER_WORDS

SPARE = 3
"""Bits that the counters of a proof have more than those of the hardware."""


@contextmanager
def recorded(*modules: ModuleType) -> Iterator[dict[str, list[Memory]]]:
    """The memories that are made in this context and not checked by synthesis (`no_rw_check`), or
    made by `modules`, by the file that makes them."""
    made: dict[str, list[Memory]] = defaultdict(list)

    def make(**options: object) -> Memory:
        memory = Memory(**options)
        made[Path(sys._getframe(2).f_code.co_filename).stem].append(memory)
        return memory

    with ExitStack() as stack:
        for module in (memory_module, *modules):
            stack.enter_context(patch.object(module, "Memory", make))
        yield made


class Followed:
    """One lane of one word of a memory, whichever they are: whether it is `written` in this cycle,
    `read`, and whether it has been written (`is_there`) since `begins`."""

    def __init__(self, claims: Claims, memory: Memory, name: str, begins: Value) -> None:
        [read], [write] = memory.read_ports, memory.write_ports
        self.address = claims.constant(f"followed_{name}", len(read.addr))
        lane = claims.constant(f"lane_of_{name}", len(write.en).bit_length())
        claims.assume(lane < len(write.en))
        self.written = write.en.bit_select(lane, 1) & (write.addr == self.address)
        self.read = read.addr == self.address
        self.is_there = Signal(name=f"{name}_is_there")
        with claims.m.If(self.written):
            claims.m.d.sync += self.is_there.eq(1)
        with claims.m.Elif(begins):
            claims.m.d.sync += self.is_there.eq(0)
        self._claims, self._name = claims, name

    def claim(self, needs: Value) -> None:
        """What is read in a cycle of `needs` was written before, and not in this cycle."""
        self._claims.claim(f"{self._name}_was_written", ~(needs & self.read) | self.is_there)
        self._claims.claim(f"{self._name}_is_not_written", ~(needs & self.read & self.written))


def memory_claims(config: Config) -> Claims:
    """In every sample: the events and groups that are read are listed, and the lists have room;
    deltas are read after they were written, and are not written again; no row is read between a
    read before its update and its write, or while a row is written to a single-port memory; no word
    is needed while it is written. Every counter of a sample holds what it counts.

    For `cycles_of_claims`, from the states of `sample_claims`. Two events of the loader have unlike
    inputs; which rows fire is free.
    """
    with recorded() as memories:
        claims, engine, between, _ = any_sample(config)
    m, sequencer, token = claims.m, engine._sequencer, engine._sequencer.token
    begins = delayed(m, sequencer.start, 1, "a_sample_begins", control=True)
    counts = Signal()  # a sample has begun
    with m.If(begins):
        m.d.sync += counts.eq(1)
    updates = token.valid & token.update
    claims.cut(engine._generator.fires)
    claims.assume(~engine._generator.fires | delayed(
        m, updates, engine._stages()["gate"], "updates_at_gate", control=True))
    fires = Cat(register for name, register in claims.registers().items()
                if name.startswith("fires"))
    claims.assume(~claims.begins | ~fires.any())
    claims.claim("nothing_is_left_to_write", ~between | ~fires.any())
    index = _input_events(claims, engine, config)
    if config.network.hidden:
        _hidden_events(claims, engine, config, memories["events"][0], begins, counts)
    _deltas(claims, engine, config, memories["delta"], begins, counts)
    _rows(claims, engine, config, memories, index)
    _positions(claims, engine, config, counts)
    return claims


def _input_events(claims: Claims, engine: Engine, config: Config) -> Signal:
    """Events of inputs that are read are in the sample, strong ones for an update, each at its own
    position. Returns the input of one of them, whichever it is: no other event has it."""
    m, sequencer, event = claims.m, engine._sequencer, engine._loader.event
    token, loader = sequencer.token, sequencer.loader
    reads = token.valid & ~sequencer.bias & (token.layer == 0)
    position, is_strong = sequencer.events.position, Signal()
    m.d.comb += is_strong.eq(position < loader.strong)
    claims.claim("input_event_is_there", ~reads | is_strong | (
        ~token.update & (position < loader.events)))
    claims.claim("input_event_is_that_of_position", ~reads | (loader.address == Mux(
        is_strong, position, ~(position - loader.strong))[:len(loader.address)]))
    claims.cut(Value.cast(event))
    place = claims.constant("place", len(loader.address))
    index = claims.constant("index", len(event.index))
    is_place = delayed(m, loader.address == place, 1, "is_place")
    claims.assume(~delayed(m, reads, 1, "reads_input", control=True) | (
        (is_place == (event.index == index)) & (event.index < config.network.inputs)))
    return index


def _hidden_events(claims: Claims, engine: Engine, config: Config, memory: Memory, begins: Value,
                   counts: Value) -> None:
    """Events of hidden units that are read are listed, the lists have room, and their counters
    count."""
    m, token, unit = claims.m, engine._sequencer.token, engine._events.unit
    hidden = config.design.layers[:-1]
    starts = [sum(layer.outputs for layer in hidden[:number]) for number in range(len(hidden) + 1)]
    Followed(claims, memory, "hidden_event", begins).claim(
        token.valid & ~engine._sequencer.bias & (token.layer != 0))
    [write] = memory.write_ports
    claims.claim("hidden_events_have_room", ~write.en | (
        (write.addr >= by_layer(unit.layer, starts[:-1]))
        & (write.addr < by_layer(unit.layer, starts[1:]))))
    for number, layer in enumerate(hidden):
        wide = Signal(range(layer.outputs << SPARE), name=f"wide_count_{layer.number}")
        m.d.sync += wide.eq(Mux(begins, 0, wide + (unit.valid & (unit.layer == number))))
        count = claims.registers("events")[f"count_{layer.number}"]
        claims.claim(f"hidden_events_{layer.number}_are_counted", ~counts | (
            (count == wide) & (wide <= layer.outputs)))


def _deltas(claims: Claims, engine: Engine, config: Config, memories: list[Memory], begins: Value,
            counts: Value) -> None:
    """Groups that an update visits are listed, the lists have room, deltas are complete before they
    are read, and the counters of groups and trits count."""
    m, delta, layers = claims.m, engine._delta, config.design.layers
    token = engine._sequencer.token
    updates = token.valid & token.update
    *parts, visits = memories
    Followed(claims, visits, "listed_group", begins).claim(updates)
    [write] = visits.write_ports
    for name, group, layer, happens in (
            ("list_has_room", write.addr, delayed(m, delta.write_layer, 1, "listed_layer"),
             write.en),
            ("listed_group_is_of_layer", delta.group, delayed(m, token.layer, 1, "visited_layer"),
             delayed(m, updates, 1, "visits", control=True))):
        first, end = (by_layer(layer, [entry.first_group + entry.groups * whole
                                       for entry in layers]) for whole in (0, 1))
        claims.claim(name, ~happens | ((group >= first) & (group < end)))
    reads = delayed(m, updates, engine._stages()["before_deltas"] + config.design.stages.copy,
                    "reads_deltas", control=True)
    for number, memory in enumerate(parts):
        name = f"deltas_{number}"
        followed = Followed(claims, memory, name, begins)
        followed.claim(reads)
        was_read = Signal(name=f"{name}_were_read")
        m.d.sync += was_read.eq(~begins & (was_read | (reads & followed.read)))
        claims.claim(f"{name}_are_final", ~was_read | ~followed.written)
    empties = delta.start | delta.sequencer.advance
    registers = claims.registers("delta")
    for name, count, added, most in (
            ("groups", registers["$like"], write.en, max(layer.groups for layer in layers)),
            ("trits", registers["trits_so_far"], sum(registers["trits_written"]),
             max(layer.outputs for layer in layers))):
        wide = Signal(range(most << SPARE), name=f"wide_{name}")
        m.d.sync += wide.eq(Mux(empties, 0, wide + added))
        claims.claim(f"{name}_are_counted", ~counts | ((count == wide) & (wide <= most)))


def _rows(claims: Claims, engine: Engine, config: Config, memories: dict[str, list[Memory]],
          index: Signal) -> None:
    """No row is read, nor accessed by a host, from its read for an update to its write; only such a
    row is written by the engine; and no memory of rows is read and written at once."""
    m, memory, host, stages = claims.m, engine._memory, engine._host, engine._stages()
    token, lag = engine._sequencer.token, config.design.stages.write_back
    row = claims.constant("row", len(memory.read_address))
    reads, updates = (delayed(m, value, stages["address"], name, control=True) for value, name in (
        (token.valid, "reads_row"), (token.valid & token.update, "reads_to_update")))
    is_index = claims.registers()["index_address"] == index
    in_work = Signal(lag)
    m.d.sync += in_work.eq((in_work << 1) | (updates & (memory.read_address == row)))
    host_writes = host.writes.any()
    claims.claim("row_is_written_before_it_is_read", ~in_work.any() | ~(
        reads & is_index & (memory.read_address == row)))
    claims.claim("host_waits_for_writes", ~in_work.any() | ~host.accesses)
    claims.claim("row_in_work_is_written", in_work[-1] | host_writes | ~(
        memory.write.any() & (memory.write_address == row)))
    if config.engine.single_port:
        claims.claim("rows_are_read_or_written", ~(reads & memory.write.any()))
    needs = delayed(m, (reads & is_index) | (host.accesses & ~host_writes), 1, "needs_row",
                    control=True)
    for number, bank in enumerate(memories["synapse"]):
        claims.claim(f"bank_{number}_is_not_written", ~needs | ~_collides(bank))
    late = delayed(m, needs, _INPUT + _TREE - 1, "needs_parity", control=True)
    for number, parities in enumerate(memories["parity"]):
        claims.claim(f"parity_{number}_is_not_written", ~late | ~_collides(parities))
    for number, ring in enumerate(memories["ring"]):
        claims.claim(f"ring_{number}_is_not_written", ~_collides(ring))


def _positions(claims: Claims, engine: Engine, config: Config, counts: Value) -> None:
    """Positions, groups and units of the sequencer are those of the layer, and do not overflow."""
    sequencer, layers = engine._sequencer, config.design.layers
    token, position = sequencer.token, sequencer.events.position
    registers, wires = claims.registers("sequencer"), claims.wires("sequencer")
    claims.claim("position_counts", ~wires["moves"] | wires["returns"] | (
        registers["following"] == position + 1))
    claims.claim("position_is_of_layer", ~token.valid | (
        position <= by_layer(token.layer, [layer.inputs for layer in layers])))
    first, end = (by_layer(token.layer, [layer.first_group + layer.groups * whole
                                         for layer in layers]) for whole in (0, 1))
    claims.claim("group_is_of_layer", ~token.valid | token.update | (
        (sequencer.group >= first) & (sequencer.group < end)))
    layer = sequencer.drain_layer
    group = sequencer.drain_group - by_layer(layer, [entry.first_group for entry in layers])
    claims.claim("unit_counts", ~registers["draining"] | (
        (sequencer.drain_first_unit == group * config.engine.lanes)
        & (sequencer.drain_first_unit < by_layer(layer, [entry.outputs for entry in layers]))))
    claims.claim("cycles_are_counted", ~counts | ~sequencer.busy | (
        sequencer.elapsed <= most_cycles(config)))


def _collides(memory: Memory) -> Value:
    """Whether the word that is read is written in this cycle."""
    [read], [write] = memory.read_ports, memory.write_ports
    return write.en.any() & (read.addr == write.addr)


def loader_memory_claims(config: Config) -> Claims:
    """Events that the engine reads were stored for its sample, and none is stored where one is, or
    where the engine reads; no input is there twice; and the counters count.

    The event at one address is followed, and one input, whichever they are.
    """
    with recorded() as memories:
        loader = Loader(config)
        claims = Claims(loader)
    m, sequencer, register = claims.m, loader.sequencer, claims.registers()
    [memory] = memories["loader"]
    [write] = memory.write_ports
    claims.assume(sequencer.ready | ~sequencer.release)
    bits, working = len(sequencer.address), register["working"]
    address = claims.constant("followed", bits + 1)
    is_there = Signal()
    with m.If(write.en & (write.addr == address)):
        m.d.sync += is_there.eq(1)
    with m.Elif(sequencer.release & (working == address[bits])):
        m.d.sync += is_there.eq(0)
    place = address[:bits]
    told = delayed(m, Mux(sequencer.release, sequencer.next_ready, sequencer.ready), 1, "told",
                   control=True)
    in_sample = (place < sequencer.strong) | (
        (~place)[:bits] < sequencer.events - sequencer.strong)
    claims.claim("event_is_there", ~told | ~sequencer.ready | ~in_sample
                 | (address[bits] != working) | is_there)
    claims.claim("nothing_is_overwritten", ~is_there | ~(write.en & (write.addr == address)))
    claims.claim("nothing_is_written_where_it_is_read", ~sequencer.ready | ~_collides(memory))

    index, seen, ends = claims.constant("index", len(loader.i.payload.index)), Signal(), Signal()
    m.d.comb += ends.eq(register["taken"] & View(
        loader.i.payload.shape(), register["transfer"]).last)
    stores = write.en & (write.data.index == index)
    m.d.sync += seen.eq(~ends & (seen | stores))
    claims.claim("input_is_there_once", ~seen | ~stores)
    claims.claim("input_exists", ~write.en | (write.data.index < config.network.inputs))
    is_strong = register["is_strong"]
    for name, counted in (("events", 1), ("strong", is_strong), ("weak", ~is_strong)):
        wide = Signal(range(config.network.inputs << SPARE), name=f"wide_{name}")
        m.d.sync += wide.eq(Mux(ends, 0, wide + (write.en & counted)))
        claims.claim(f"{name}_are_counted", (register[f"filled_{name}"] == wide)
                     & (wide <= config.network.inputs))
    return claims


def register_claims(config: Config) -> Claims:
    """No counter is read from its memory while it is written, and none overflows before it is
    added to its word: what was counted since the last visit is exact."""
    with recorded() as memories:
        bank = RegisterBank(config)
        claims = Claims(bank)
    m, register = claims.m, claims.registers()
    claims.claim("word_is_not_written", ~_collides(memories["registers"][0]))
    adds = register["adds"]
    for entry in registers_of(config):
        if entry.kind != "counter":
            continue
        most, added = most_added(config, entry), getattr(bank, f"add_{entry.name}")
        claims.assume(added <= most)
        wide = Signal(range((most * REGISTER_WORDS) << SPARE), name=f"wide_{entry.name}")
        m.d.sync += wide.eq(Mux(adds == entry.address, added, wide + added))
        visited = (adds - entry.address - 1)[:len(adds)] + 1  # cycles since the last visit
        claims.claim(f"{entry.name}_are_counted", register[f"counted_{entry.name}"] == wide)
        claims.claim(f"{entry.name}_are_few", wide <= most * visited)
    return claims
