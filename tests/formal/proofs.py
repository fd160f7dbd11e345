"""Proofs: every proof by name, and the breaks that show that it can fail."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from conformance import COMPONENTS, MEMORY
from formal.breaks import Break
from formal.bus import axi_claims, wishbone_claims
from formal.link import (
    framer_claims,
    inbox_claims,
    linked_claims,
    room_claims,
    unframer_claims,
)
from formal.memories import loader_memory_claims, memory_claims, register_claims
from formal.pairs import conductance_claims, pulse_claims, refresh_claims, step_claims
from formal.prover import Claims
from formal.sequencer import (
    cycles_of_claims,
    host_claims,
    loader_claims,
    request_claims,
    sample_claims,
)
from formal.store import feeder_claims, store_claims, stored_claims
from formal.streams import stream_claims, unread_claims
from formal.unread import (
    executor_claims,
    host_port_claims,
    order_claims,
    same_claims,
    sdram_claims,
    transfer_claims,
)
from formal.widths import (
    backward_claims,
    delta_claims,
    error_claims,
    forward_claims,
    product_claims,
)
from small import small_config, tiny_config
from testbenches import configuration

from pulsetrain.sim.native_board import DEFAULT_BOARD
from pulsetrain.spec import Config


@dataclass(frozen=True)
class Proof:
    """Claims to prove by PDR, with `merge` after equal signals are merged; with `induction`, from
    any state, over so many cycles; or with `cycles`, for so many cycles from any state for which
    the claim `START` holds."""

    claims: Callable[[], Claims]
    merge: bool = False
    induction: int | None = None
    cycles: int | None = None


STREAMS: dict[str, dict[str, int]] = {
    **{name: {} for name in (
        "BusAccess", "BusAccessOfWords", "Engine", "Executor", "ExecutorOfMemory", "HostPort",
        "Packer", "Reader", "RegisterAccess", "RowAccess", "SampleWords")},
    # The hash of one and the payload of the other are too much for PDR.
    "KeyedOrder": {"induction": 2}, "Framer": {"induction": 2},
}
"""By name of a component that is the source of a stream: how its rules are proven."""

ELSEWHERE = {"Inbox": "stream to the board", **{name: f"streams of {name}" for name in (
    "Feeder", "Store", "StoredEngine")}}
"""Sources whose rules need more claims about them: the proof of each."""

UNREAD = {
    **{name: Proof(lambda name=name: unread_claims(lambda: COMPONENTS[name](small_config())),
                   merge=True)
       for name in ("BusAccess", "BusAccessOfWords", "Packer", "Reader", "SampleWords")},
    **{name: Proof(lambda name=name: same_claims(lambda: COMPONENTS[name](small_config())),
                   induction=2)
       for name in ("Framer", "Store", "UartTransmitter")},
    "Executor": Proof(executor_claims, induction=6),
    "ExecutorOfMemory": Proof(lambda: executor_claims(MEMORY), induction=6),
    "HostPort": Proof(host_port_claims, induction=4),
    "KeyedOrder": Proof(order_claims, induction=2),
    "Loader": Proof(transfer_claims, induction=2),
    "SdramController": Proof(lambda: sdram_claims(MEMORY), induction=2),
}
"""Components that are proven not to read a payload after its transfer, by name."""

READ_ON = {"RegisterAccess", "RowAccess"}
"""Components that do: a request stays until its answer is taken."""

COMPOSED = {"Engine", "StoredEngine"}
"""Components that only give what they take to others, which do not."""

FEW = {"device": {"kind": "exponential", "levels": 7, "potentiation": {"u": 5.0}}}

SHAPES = {
    "few-varied": {**FEW, "variation": {"classes": 2, "step": 0.3, "stuck_low": 0.1,
                                        "stuck_high": 0.1}},
    "few-swapped": {**FEW, "variation": {"classes": 4, "range": 0.3},
                    "update": {"refresh_swaps": True}},
    "few-noisy": {"device": {"levels": 6, "cycle_noise": 90}, "variation": {"stuck_low": 0.1},
                  "update": {"refresh_swaps": True}},
    "few-displaced": {
        "device": {**FEW["device"], "levels": 12}, "variation": {"stuck_low": 0.1},
        "update": {"refresh_swaps": True, "refresh_sigma": 0.1}},
    "few-levels": {"device": {"levels": 6}, "update": {"refresh_state": 4}},
    "levels-64": {"device": {"levels": 64}},
}
"""Configurations of few states, so that the table of a refresh has at most 2^16 entries."""

STEPS = ("lanes-4", "bidirectional", "single", "levels-2", "levels-256", "curved", "asymmetric",
         "varied", "varied-single", "noisy", "noisy-bidirectional", "displaced",
         "displaced-linear")
REFRESHES = ("lanes-4", "wide", "levels-2", "curved", "measured", "noisy", "displaced-linear",
             "error", *SHAPES)
PULSES = ("few-levels", "bidirectional", "few-varied", "few-swapped", "few-noisy")
CONDUCTANCES = ("curved", "varied", "measured", "displaced")


TINY_ENGINES = {
    "one layer": tiny_config(inputs=2, hidden=[], outputs=2, lanes=1),
    "two layers": tiny_config(inputs=1, hidden=[2], outputs=2, lanes=2),
    "single port": tiny_config(inputs=3, hidden=[], outputs=2, lanes=1, memory="spram"),
}
"""Engines of so few cycles that a solver can follow every sample from its first to its last."""

WITH_MEMORIES = TINY_ENGINES | {
    "parity": tiny_config(inputs=2, hidden=[], outputs=2, lanes=1, parity=True)}
"""The same, and one with the one memory that they lack."""


def shaped(name: str) -> Config:
    """One of `SHAPES` or of `testbenches.CONFIGURATIONS`."""
    return small_config(**SHAPES[name], name=name) if name in SHAPES else configuration(name)


def one_lane(name: str) -> Config:
    """The same with one lane."""
    sections = shaped(name).model_dump(exclude_none=True)
    return small_config(**{**sections, "engine": {**sections["engine"], "lanes": 1}})


def _streams(name: str) -> Claims:
    return stream_claims(COMPONENTS[name](small_config()))


PROOFS = {
    **{f"streams of {name}": Proof(partial(_streams, name), **how)
       for name, how in STREAMS.items()},
    "streams of Feeder": Proof(lambda: feeder_claims(small_config(), MEMORY), induction=2),
    "streams of Store": Proof(lambda: store_claims(small_config(), MEMORY), induction=1),
    "streams of StoredEngine": Proof(lambda: stored_claims(small_config(), MEMORY)),
    **{f"unread, {name}": proof for name, proof in UNREAD.items()},
    **{f"{block}, {name}": Proof(lambda make=make, name=name: make(shaped(name)))
       for block, make, names in (("step", step_claims, STEPS),
                                  ("refresh", refresh_claims, REFRESHES),
                                  ("conductance", conductance_claims, CONDUCTANCES))
       for name in names},
    **{f"pulse, {name}": Proof(lambda name=name: pulse_claims(one_lane(name)))
       for name in PULSES},
    **{f"forward sums, {name}": Proof(lambda name=name: forward_claims(shaped(name)))
       for name in ("lanes-1", "few-levels")},
    **{f"backward sums, {name}": Proof(lambda name=name: backward_claims(shaped(name)), induction=4)
       for name in ("lanes-4", "few-levels")},
    **{f"products, {name}": Proof(lambda name=name: product_claims(shaped(name)))
       for name in ("lanes-1", "few-levels")},
    **{f"deltas, {name}": Proof(lambda name=name: delta_claims(shaped(name)), induction=2)
       for name in ("lanes-4", "deep")},
    **{f"errors, {name}": Proof(lambda name=name: error_claims(shaped(name)), induction=3)
       for name in ("lanes-4", "deep")},
    "host at the sequencer": Proof(lambda: host_claims(small_config())),
    "requests of a host": Proof(lambda: request_claims(small_config())),
    "samples of the loader": Proof(lambda: loader_claims(tiny_config(
        inputs=3, hidden=[2], outputs=2, lanes=1))),
    **{f"cycles of a sample, {name}": Proof(partial(sample_claims, config),
                                            cycles=cycles_of_claims(config))
       for name, config in TINY_ENGINES.items()},
    **{f"memories of a sample, {name}": Proof(partial(memory_claims, config),
                                              cycles=cycles_of_claims(config))
       for name, config in WITH_MEMORIES.items()},
    "memory of the loader": Proof(lambda: loader_memory_claims(tiny_config(
        inputs=3, hidden=[2], outputs=2, lanes=1))),
    "memory of the registers": Proof(lambda: register_claims(small_config()), induction=2),
    "frames from the line": Proof(unframer_claims, induction=3),
    "frames at the linked engine": Proof(lambda: linked_claims(TINY_ENGINES["one layer"])),
    "stream to the board": Proof(inbox_claims, induction=3),
    "stream to the host": Proof(framer_claims, induction=5),
    "room of the stream to the host": Proof(
        lambda: room_claims(DEFAULT_BOARD.part.family.windows.answers), induction=1),
    "AXI": Proof(lambda: axi_claims(TINY_ENGINES["one layer"])),
    **{f"Wishbone, {name}": Proof(lambda pipelined=pipelined: wishbone_claims(
        TINY_ENGINES["one layer"], pipelined=pipelined))
       for name, pipelined in (("classic", False), ("pipelined", True))},
}

FAST = ("streams of HostPort", "step, lanes-4", "step, noisy", "refresh, few-levels",
        "conductance, measured", "host at the sequencer", "requests of a host",
        "samples of the loader", "frames from the line")
"""The proofs that are part of `make test`."""

NETLIST_BREAKS = (
    Break("ice40, computed", "step_moved_is_the_same", "engine.step:PairStep._compute",
          "state != last", "state != last - 1"),
    Break("ecp5, tabulated", "refresh_refreshed_is_the_same",
          "engine.refresh:Refresh._look_up", "Mux(higher_2, of_plus, of_minus)",
          "Mux(higher_2, of_minus, of_plus)"),
    Break("xc7, computed", "draw_draw_is_the_same", "engine.device:DeviceDraw.body",
          "delayed(m, mixed, 1", "delayed(m, mixed ^ 1, 1"),
    Break("gowin, computed", "refresh_due_is_the_same", "engine.refresh:Refresh._compute",
          "(minus > 0)", "(minus > 1)"),
    Break("ecp5, in block RAM", "bank_word_is_the_same", "engine.synapse:SynapseBank.body",
          "write.data.eq(self.write_word)", "write.data.eq(~self.write_word)"),
    Break("xc7, in block RAM", "table_word_is_the_same", "engine.table:Table.body",
          "port.addr.eq(address)", "port.addr.eq(address ^ 1)"),
)
"""Breaks of the hardware of which a netlist is made, which is compared with whole hardware: `proof`
is the family, and the design."""

BREAKS = (
    Break("step, lanes-4", "_moves", "engine.step:PairStep._compute",
          "state != last", "state != last - 1"),
    Break("step, noisy", "_moves", "engine.step:PairStep._compute",
          "state < last - 1", "state <= last - 1"),
    Break("step, bidirectional", "_moves", "engine.step:PairStep._compute",
          "Mux(state == 0, 0, state - 1)", "state - 1"),
    Break("step, curved", "_moves", "engine.step:PairStep._look_up",
          'delayed(m, state, 1, f"held_{role}")', "state"),
    Break("step, varied", "_moves", "engine.step:PairStep._modes",
          'trait(self, role, "kind")', 'trait(self, "minus", "kind")'),
    Break("step, displaced", "_moves", "engine.step:PairStep._displace",
          ' & ~trait(self, role, "stuck")', ""),
    Break("step, displaced-linear", "_moves", "engine.step:displaced",
          "moved > last", "moved > last + 1"),
    Break("refresh, few-levels", "is_due", "engine.refresh:Refresh._compute",
          "(minus > 0)", "(minus > 1)"),
    Break("refresh, curved", "is_due", "engine.refresh:Refresh._look_up",
          'delayed(m, can_refresh, 1, "can_refresh")', "can_refresh"),
    Break("refresh, few-varied", "_is_programmed", "engine.refresh:Refresh._look_up",
          "Mux(higher_2, of_plus, of_minus)", "Mux(higher_2, of_minus, of_plus)"),
    Break("refresh, few-swapped", "polarity_turns", "engine.refresh:Refresh._look_up",
          "eq(~delayed(m", "eq(delayed(m"),
    Break("refresh, few-displaced", "_is_programmed", "engine.refresh:Refresh._program",
          "Mux(target.any(), reached, 0)", "reached"),
    Break("conductance, varied", "plus_reads", "engine.conductance:PairConductance.body",
          "config.design.states - 1, self.pair", "config.design.states - 2, self.pair"),
    Break("pulse, few-levels", "is_new", "engine.pulse:PulseUpdate._lane",
          "touched & refresh.due", "refresh.due"),
    Break("pulse, few-levels", "is_new", "engine.pulse:PulseUpdate._lane",
          "fires & trit.up", "trit.up"),
    Break("pulse, few-levels", "refreshes_are_counted", "engine.pulse:PulseUpdate._lane",
          "return delayed(m, refreshes, 1,", "return delayed(m, touched, 1,"),
    Break("pulse, few-swapped", "is_new", "engine.pulse:PulseUpdate._lane",
          "delayed(m, step.moved, refresh.latency,", "delayed(m, step.moved, refresh.latency - 1,"),
    Break("streams of HostPort", "o_holds", "engine.host:HostPort.elaborate",
          "(write | ~busy)", "(write | busy | ~busy)"),
    Break("unread, HostPort", "o_is_the_same", "engine.host:HostPort.elaborate",
          "Mux(missing, 0, chosen)", "Mux(exists, chosen, 0)"),
    Break("unread, BusAccess", "o_is_the_same", "bus.access:BusAccess.elaborate",
          "with m.If(self.i.valid & self.i.ready):", "with m.If(self.i.ready):"),
    Break("unread, Executor", "byte", "link.executor:_Buffer.take",
          "octets.valid & ~octets.ready", "~octets.ready"),
    Break("unread, ExecutorOfMemory", "content", "link.executor:Executor._loaded",
          "Mux(self.i_result.valid, result, 0)", "result"),
    Break("unread, KeyedOrder", "o__payload", "store.order:KeyedOrder.elaborate",
          "with m.If(self.i.valid):", "with m.If(1):"),
    Break("unread, Framer", "framer_0_is_written", "link.framer:Framer._store",
          "self.i.valid & self.i.ready", "self.i.ready"),
    Break("unread, Loader", "has_value", "engine.loader:Loader.elaborate",
          "arrives & (value != 0)", "value != 0"),
    Break("unread, Store", "held", "store.store:Store._share",
          "with m.If(self.i.valid & self.i.ready):", "with m.If(self.i.ready):"),
    Break("unread, UartTransmitter", "waiting", "link.uart:UartTransmitter.elaborate",
          "with m.If(self.i.valid & self.i.ready):", "with m.If(self.i.ready):"),
    Break("unread, SdramController", "dq_o", "store.sdram:SdramController.elaborate",
          "Mux(write, self.i_word.valid, self.room)", "self.room"),
    Break("streams of Packer", "o_holds", "engine.packer:Packer.elaborate",
          "with m.If(self.i.valid & self.i.ready):", "with m.If(self.i.valid):"),
    Break("streams of Framer", "o_holds", "link.framer:Framer._send_bytes",
          "~load & ~loaded &", "~load &"),
    Break("streams of Reader", "o_holds", "store.reader:Reader.elaborate",
          "waiting.r_stream.ready.eq(self.o.ready)", "waiting.r_stream.ready.eq(1)"),
    Break("streams of BusAccess", "o_host_holds", "bus.access:BusAccess._rows",
          '_held(m, address, busy)', '_held(m, address)'),
    Break("streams of RowAccess", "o_holds", "bus.rows:RowAccess.elaborate",
          "with m.If(self.o.ready):", "with m.If(1):"),
    Break("streams of KeyedOrder", "o_holds", "store.order:KeyedOrder.elaborate",
          "with m.Elif(self.o.ready):", "with m.Else():"),
    Break("forward sums, lanes-1", "sum_0_is_exact", "engine.forward:sums_layout",
          "config.design.accumulator_bits", "config.design.accumulator_bits - 1"),
    Break("forward sums, lanes-1", "sum_0_is_exact", "engine.forward:ForwardLanes.elaborate",
          "accumulators[lane].eq(0), z", "accumulators[lane].eq(1), z"),
    Break("frames from the line", "good_frame", "link.unframer:Unframer.elaborate",
          "(part == _Part.END) & matches &", "(part == _Part.END) &"),
    Break("frames from the line", "part_end", "link.unframer:Unframer.elaborate",
          "m.d.sync += part.eq(_Part.END)", "m.d.sync += part.eq(_Part.CRC)"),
    Break("frames from the line", "crc_takes_all", "link.unframer:Unframer.elaborate",
          "crc.valid.eq(taken)", "crc.valid.eq(taken & (part != _Part.PAYLOAD))"),
    Break("frames at the linked engine", "kept_frames_are_obeyed",
          "link.linked:LinkedEngine.elaborate", "inbox.keep.eq(obeyed)",
          "inbox.keep.eq(unframer.good)"),
    Break("frames at the linked engine", "acknowledged_changes_by_frames",
          "link.linked:LinkedEngine.elaborate", "framer.acknowledge.eq(obeyed)",
          "framer.acknowledge.eq(unframer.good)"),
    Break("frames at the linked engine", "session_changes_by_frames",
          "link.linked:LinkedEngine.elaborate", "with m.If(unframer.good & greets):",
          "with m.If(greets):"),
    Break("stream to the board", "frame_is_stored", "link.inbox:Inbox.elaborate",
          "self.valid & next_of_stream & ~full", "self.valid & ~full"),
    Break("stream to the board", "followed_byte_is_stored", "link.inbox:Inbox.elaborate",
          "self.keep & ~overflowed", "self.keep"),
    Break("stream to the host", "nothing_is_overwritten", "link.framer:Framer._store",
          "acknowledges & (news <= held)", "acknowledges"),
    Break("room of the stream to the host", "stops_in_time", "link.framer:Framer._store",
          "held >= self._size - 2", "held >= self._size - 1"),
    Break("AXI", "write_response_holds", "bus.axi:AxiLite.elaborate",
          "with m.If(self.bready):", "with m.If(self.bvalid):"),
    Break("AXI", "answer_follows_write_data", "bus.axi:AxiLite.elaborate",
          "to_write & has_data & ~self.bvalid", "to_write & ~self.bvalid"),
    Break("AXI", "results_holds", "bus.axi_top:AxiTop.elaborate",
          "results.ready.eq(self.m_axis_tready)", "results.ready.eq(1)"),
    Break("Wishbone, classic", "answer_is_owed", "bus.wishbone:Wishbone.elaborate",
          "dropped - (answered & (dropped != 0)), still", "dropped, 0"),
    Break("Wishbone, pipelined", "answers_in_cycle", "bus.wishbone:Wishbone.elaborate",
          "answered & self.cyc & (dropped == 0)", "answered & (dropped == 0)"),
    Break("samples of the loader", "some_are_events", "engine.loader:Loader.elaborate",
          "stored.eq(has_value & fits)", "stored.eq(has_value)"),
    Break("samples of the loader", "samples_are_in_order", "engine.loader:Loader.elaborate",
          "m.d.sync += working.eq(~working)", "m.d.sync += working.eq(self.i.valid)"),
    Break("cycles of a sample, one layer", "host_is_granted",
          "engine.sequencer:Sequencer.elaborate",
          "self.host_request & host_waits & ~self.result_free)", "0)"),
    Break("cycles of a sample, one layer", "sample_retires", "engine.sequencer:Sequencer.elaborate",
          "settled.eq(settling == 1)", "settled.eq(settling == 0)"),
    Break("cycles of a sample, one layer", "sample_begins", "engine.sequencer:Sequencer.elaborate",
          "with m.If(self.run & ~host_waits):",
          "with m.If(self.run & ~host_waits & ~self.loader.next_ready):"),
    Break("cycles of a sample, two layers", "sample_retires",
          "engine.events:HiddenEvents.elaborate", "complete[index] | unit.complete)",
          "complete[index] | (unit.complete & unit.valid))"),
    Break("AXI", "results_holds", "bus.axi_top:AxiTop.elaborate",
          "ends.eq(self.m_axis_tlast)", "ends.eq(~self.m_axis_tlast)"),
    Break("streams of Feeder", "queue_has_room", "store.feeder:Feeder._fetch",
          "has_room = stored < FIFO.depth - 1", "has_room = stored < FIFO.depth"),
    Break("streams of Feeder", "word_that_is_offered_was_not_written_then",
          "store.feeder:Feeder._queue", "following != write_port.addr",
          "following != write_port.addr + write"),
    Break("streams of Feeder", "some_words_are_asked_for", "store.feeder:Feeder._fetch",
          "self.i_request.valid.eq(has_words)", "self.i_request.valid.eq(1)"),
    Break("streams of Store", "busy_while_words_are_left", "store.sdram:SdramController.elaborate",
          "busy.eq(left != 1)", "busy.eq(left != 2)"),
    Break("streams of Store", "reads_have_room", "store.store:Store._share",
          "feeder.room | stale", "1"),
    Break("streams of StoredEngine", "o_result_holds", "store.stored:StoredEngine.elaborate",
          "engine.o_result.valid & ~taken", "engine.o_result.valid & ~store.working"),
    Break("products, lanes-1", "product_0_is_exact", "engine.product:Products._product",
          "signed(design.weight_bits)", "signed(design.weight_bits - 1)"),
    Break("deltas, lanes-4", "delta_is_exact", "engine.backward:saturate",
          "upper.all() & lower.any()", "upper.all()"),
    Break("deltas, deep", "delta_is_exact", "engine.backward:BackwardTree.elaborate",
          "Mux(active, shifted, 0)", "shifted"),
    Break("errors, deep", "error_0_is_exact", "engine.output:OutputError._find_deltas",
          "Mux(y < high, high - y, 0)", "high - y"),
    Break("memories of a sample, one layer", "input_event_is_that_of_position",
          "engine.sequencer:Sequencer._forward", "weak.eq(weak + ~is_strong)", "weak.eq(weak + 1)"),
    Break("memories of a sample, two layers", "hidden_event_was_written",
          "engine.events:HiddenEvents.elaborate",
          "sequencer.grows.eq(unit.valid &", "sequencer.grows.eq((unit.valid | unit.complete) &"),
    Break("memories of a sample, two layers", "hidden_events_1_are_counted",
          "engine.events:HiddenEvents.elaborate",
          "counts[index].eq(counts[index] + unit.valid)", "counts[index].eq(counts[index] + 1)"),
    Break("memories of a sample, one layer", "listed_group_was_written",
          "engine.delta:DeltaMemory.elaborate",
          "visits_in.addr.eq(first_group + groups_so_far)", "visits_in.addr.eq(first_group)"),
    Break("memories of a sample, one layer", "trits_are_counted",
          "engine.delta:DeltaMemory.elaborate",
          "groups_so_far.eq(0), trits_so_far.eq(0)", "groups_so_far.eq(0)"),
    Break("memories of a sample, two layers", "was_written", "engine.engine:Engine._connect_drain",
          "clear.eq(forward.ending)", "clear.eq(forward.ending & is_output)"),
    Break("memories of a sample, one layer", "nothing_is_left_to_write",
          "engine.sequencer:Sequencer.elaborate", "settled.eq(settling == 1)",
          "settled.eq(settling == 6)"),
    Break("memories of a sample, one layer", "row_in_work_is_written",
          "engine.engine:Engine._connect_write", "design.stages.write_back,",
          "design.stages.write_back - 1,"),
    Break("memories of a sample, one layer", "position_counts",
          "engine.sequencer:Sequencer._walk", "following.eq(following + 1)",
          "following.eq(following + 2)"),
    Break("memories of a sample, single port", "rows_are_read_or_written",
          "engine.sequencer:Sequencer._turn", "stages.write_back - 1", "stages.write_back"),
    Break("memory of the loader", "nothing_is_overwritten", "engine.loader:Loader.elaborate",
          "self.i.ready.eq(~full[filling])", "self.i.ready.eq(1)"),
    Break("memory of the loader", "input_is_there_once", "engine.loader:Loader.elaborate",
          "(~some_events | rises)", "(~some_events | 1)"),
    Break("memory of the registers", "word_is_not_written",
          "engine.registers:RegisterBank.elaborate", "read.addr.eq(visited)", "read.addr.eq(ends)"),
    Break("memory of the registers", "refused_are_counted",
          "engine.registers:RegisterBank._counted",
          "Signal(range(most[entry.name] + 1)", "Signal(range(most[entry.name])"),
    Break("backward sums, few-levels", "sum_is_exact", "engine.backward:BackwardTree.elaborate",
          "signed(config.design.backward_bits)", "signed(config.design.backward_bits - 1)"),
    Break("host at the sequencer", "host_is_granted", "engine.sequencer:Sequencer.elaborate",
          "self.host_request & host_waits & ~self.result_free)", "0)"),
    Break("host at the sequencer", "no_sample_begins", "engine.sequencer:Sequencer.elaborate",
          "with m.If(self.run & ~host_waits):", "with m.If(self.run):"),
    Break("requests of a host", "requests_are_apart", "engine.host:HostPort.elaborate",
          "self.i.valid & ~self.accesses, 1,", "self.i.valid, 1,"),
)
"""Breaks of the lines that the proofs guard."""
