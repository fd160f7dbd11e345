"""Store: the streams of the feeder, of the store around it, and of an engine with a store."""

from unittest.mock import patch

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib.memory import Memory as Ram
from amaranth.lib.wiring import Component, PureInterface
from formal.memories import recorded
from formal.prover import Claims
from formal.streams import holds, stream_claims, streams

from pulsetrain.hdl.engine.engine import Engine
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.hdl.store import feeder as feeder_module
from pulsetrain.hdl.store import store as store_module
from pulsetrain.hdl.store import stored as stored_module
from pulsetrain.hdl.store.feeder import Feeder
from pulsetrain.hdl.store.sdram import SdramController
from pulsetrain.hdl.store.store import Store
from pulsetrain.hdl.store.stored import StoredEngine
from pulsetrain.spec import Config
from pulsetrain.spec.memories import MemorySize
from pulsetrain.store.chips import Memory
from pulsetrain.store.job import job_register
from pulsetrain.store.records import FIFO

FEW_WORDS = 8
"""Words of the feeder's queue in its proof."""

ON_THE_WAY = 7
"""Most words whose reading has been decided on, and which have not come."""


def feeder_claims(config: Config, memory: Memory) -> Claims:
    """The feeder keeps what it offers, asks for one word or more, and writes no word of its queue
    that is still to be read.

    Its order, the checks of its records and the words in its queue are free. No job begins while a
    sample of the last one is offered.
    """
    few = MemorySize(depth=FEW_WORDS, bits=FIFO.bits)
    with patch.object(feeder_module, "FIFO", few), recorded() as memories:
        feeder = Feeder(config, memory.chip)
        claims = stream_claims(feeder)
    m, request, register = claims.m, feeder.i_request, claims.registers()
    [fifo] = memories["feeder"]
    [read], [write] = fifo.read_ports, fifo.write_ports
    for free in (Value.cast(read.data), claims.register("order.word"),
                 claims.wires("reader.crc")["match_detected"]):
        claims.cut(free)
    left, coming, rules = _rules_of_memory(m, request, feeder.room, feeder.reads, feeder.read)
    for rule in rules.values():
        claims.assume(rule)
    begins = register["write"] & (register["address"] == job_register("control").address)
    claims.assume(~begins | feeder.working | ~feeder.o_sample.valid)
    claims.claim("some_words_are_asked_for", ~request.valid | (request.payload.count != 0))

    is_in = claims.is_in
    used = (write.addr - register["$like"])[:len(write.addr)]  # words in the queue
    fills, asks = is_in("RECORD", "SCAN"), is_in("LIST", "DIRECTORY", "RECORD", "SCAN")
    claims.claim("queue_has_room", ~write.en | (used != FEW_WORDS - 1))
    _follow_word(claims, fifo, register["$like"], register["has_next"], used)
    # With these, the claims above hold by induction.
    claims.claim("words_are_counted", Mux(request.valid, 0, register["left"]) == left + coming)
    claims.claim("nothing_is_asked_for", asks | ~request.valid & (register["left"] == 0))
    has_words = request.payload.count != 0
    claims.claim("number_is_sent", (register["header"] == 0) | is_in(
        "IDLE", "STEP", "NUMBER", "RECORD", "SCAN"))
    claims.claim("words_are_known", ~is_in("NUMBER") | (register["header"] == 0)
                 | (register["has_words"] == has_words))
    claims.claim("others_have_words", ~is_in("LIST", "DIRECTORY", "SCAN") | has_words)
    claims.claim("end_is_known", register["finished"] == ~register["ahead"].any())
    claims.claim("scan_goes_on", ~is_in("SCAN_ADDRESS") | ~register["finished"])
    claims.claim("queue_is_counted", register["stored"] == used + Mux(fills, coming, 0))
    waiting = claims.registers("reader.waiting")
    claims.claim("transfers_are_counted", (waiting["level"] <= 2) & (
        waiting["level"][0] == waiting["produce"] ^ waiting["consume"]))
    claims.claim("word_is_in_queue", ~register["has_next"] | (used != 0) & ~register["gone"])
    claims.claim("word_was_in_queue", ~register["gone"] | (used != 0))
    return claims


def _follow_word(claims: Claims, fifo: Ram, oldest: Value, offered: Value, used: Value) -> None:
    """A word of the queue, whichever it is, is offered if it was written and not taken yet, and not
    written in the cycle in which it is read; and none is written over it."""
    m, [read], [write] = claims.m, fifo.read_ports, fifo.write_ports
    followed, is_there = claims.constant("followed", len(read.addr)), Signal()
    writes, reads = (port.addr == followed for port in (write, read))
    with m.If(write.en & writes):
        m.d.sync += is_there.eq(1)
    with m.Elif((read.addr != oldest) & (oldest == followed)):
        m.d.sync += is_there.eq(0)
    claims.claim("no_word_is_overwritten", ~(write.en & writes & is_there))
    read_there, read_written = (delayed(m, value, 1, name) for value, name in (
        (is_there, "was_there"), (write.en & writes, "was_written")))
    offers = offered & delayed(m, reads, 1, "was_read", control=True)
    claims.claim("word_that_is_offered_was_written", ~offers | read_there)
    claims.claim("word_that_is_offered_was_not_written_then", ~offers | ~read_written)
    claims.claim("words_of_queue_are_there", is_there == (
        (followed - oldest)[:len(followed)] < used))


def _rules_of_memory(m: Module, request: PureInterface, room: Value, reads: Value,
                     read: Value) -> tuple[Value, Value, dict[str, Value]]:
    """What a memory promises the feeder: it takes a request after all words of the last one have
    been decided on, decides on as many as were asked for, each when there is room, and they come
    later. Before it: how many words are still to be decided on, and how many are to come."""
    left = Signal(request.payload.count.shape(), name="left_to_read")
    coming = Signal(range(ON_THE_WAY + 1), name="on_the_way")
    takes = request.valid & request.ready
    m.d.sync += [left.eq(Mux(takes, request.payload.count, left - reads)),
                 coming.eq(coming + reads - read)]
    return left, coming, {
        "one_request_at_a_time": ~takes | ((left == 0) & ~reads),
        "reads_are_asked_for": ~reads | (left != 0),
        "reads_have_room": ~reads | room,
        "words_were_read": ~read | (coming != 0),
        "few_words_are_on_the_way": ~reads | read | (coming != ON_THE_WAY)}


def store_claims(config: Config, memory: Memory) -> Claims:
    """The memory of a store keeps what `feeder_claims` takes for granted, and what the store offers
    is what its feeder offers.

    What the feeder offers and asks for is free, but for the rules of streams.
    """
    feeder, controller = Feeder(config, memory.chip), SdramController(memory)
    store = Store(config, memory)
    with (patch.object(store_module, "Feeder", lambda *_: feeder),
          patch.object(store_module, "SdramController", lambda _: controller)):
        claims = stream_claims(store)
    claims.assume(~store.restart)
    request = feeder.i_request
    _free(claims, feeder)
    claims.cut(feeder.room)
    claims.cut(feeder.working)
    claims.cut(controller.word)
    claims.assume(~request.valid | (request.payload.count != 0))
    left, coming, rules = _rules_of_memory(
        claims.m, request, feeder.room, feeder.reads, feeder.read)
    for name, rule in rules.items():
        claims.claim(name, rule)
    # With these, the claims above hold by induction.
    of_memory = claims.registers("memory")
    claims.claim("reads_are_left", left == Mux(of_memory["$signal"], 0, of_memory["left"]))
    claims.claim("busy_while_words_are_left", of_memory["busy"] == (of_memory["left"] != 0))
    claims.claim("words_are_coming", coming == sum(of_memory["coming"]))
    claims.claim("nothing_is_stale", claims.register("left") == 0)
    return claims


def stored_claims(config: Config, memory: Memory) -> Claims:
    """An engine with a store keeps what it offers.

    What engine and store offer is free, but for the rules of streams. No job begins or ends while
    a result is offered to the host: a host starts none while a sample is in work.
    """
    engine, store = Engine(config, has_rests=True), Store(config, memory)
    stored = StoredEngine(config, memory)
    with (patch.object(stored_module, "Engine", lambda *_, **__: engine),
          patch.object(stored_module, "Store", lambda *_: store)):
        claims = stream_claims(stored)
    for part in (engine, store):
        _free(claims, part)
    for free in (store.working, store.keeps):
        claims.cut(free)
    claims.assume(~stored.restart)
    waits = delayed(claims.m, stored.o_result.valid & ~stored.o_result.ready, 1, "result_waits",
                    control=True)
    claims.assume(~waits | ~store.working | store.keeps)
    return claims


def _free(claims: Claims, part: Component) -> None:
    """Let a component within the design offer and take anything."""
    for name, interface, is_source in streams(part):
        if is_source:
            claims.cut(interface.valid)
            claims.cut(Value.cast(interface.payload))
            claims.assume(holds(claims.m, f"inner_{name}", interface))
        else:
            claims.cut(interface.ready)
