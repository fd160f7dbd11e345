"""Proofs: every proof by name, and the breaks that show that it can fail."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from conformance import COMPONENTS
from formal.breaks import Break
from formal.pairs import conductance_claims, pulse_claims, refresh_claims, step_claims
from formal.prover import Claims
from formal.sequencer import host_claims
from formal.streams import stream_claims, unread_claims
from formal.widths import forward_claims
from small import small_config
from testbenches import configuration

from pulsetrain.spec import Config


@dataclass(frozen=True)
class Proof:
    """Claims to prove by PDR, or with `induction`, from any state, over so many cycles."""

    claims: Callable[[], Claims]
    induction: int | None = None


STREAMS: dict[str, dict[str, int]] = {
    **{name: {} for name in (
        "BusAccess", "BusAccessOfWords", "Engine", "Executor", "ExecutorOfMemory", "HostPort",
        "Packer", "Reader", "RegisterAccess", "RowAccess", "SampleWords")},
    # The hash of one and the payload of the other are too much for PDR.
    "KeyedOrder": {"induction": 2}, "Framer": {"induction": 2},
}
"""By name of a component that is the source of a stream: how its rules are proven."""

UNPROVEN = ("Feeder", "Inbox", "Store", "StoredEngine")
"""Sources whose words come out of a memory that is written meanwhile: no search has ended for them.
The benches check their rules in simulation."""

UNREAD = ("BusAccess", "HostPort", "Packer", "SampleWords")
"""Components that are proven not to read a payload after its transfer."""

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
    **{f"unread, {name}": Proof(lambda name=name: unread_claims(
        lambda: COMPONENTS[name](small_config()))) for name in UNREAD},
    **{f"{block}, {name}": Proof(lambda make=make, name=name: make(shaped(name)))
       for block, make, names in (("step", step_claims, STEPS),
                                  ("refresh", refresh_claims, REFRESHES),
                                  ("conductance", conductance_claims, CONDUCTANCES))
       for name in names},
    **{f"pulse, {name}": Proof(lambda name=name: pulse_claims(one_lane(name)))
       for name in PULSES},
    **{f"forward sums, {name}": Proof(lambda name=name: forward_claims(shaped(name)))
       for name in ("lanes-1", "few-levels")},
    "host at the sequencer": Proof(lambda: host_claims(small_config())),
}

FAST = ("streams of HostPort", "step, lanes-4", "step, noisy", "refresh, few-levels",
        "conductance, measured", "host at the sequencer")
"""The proofs that are part of `make test`."""

BREAKS = (
    Break("step, lanes-4", "plus_moves", "engine.step:PairStep._compute",
          "state != last", "state != last - 1"),
    Break("step, noisy", "minus_moves", "engine.step:PairStep._compute",
          "state < last - 1", "state <= last - 1"),
    Break("step, bidirectional", "minus_moves", "engine.step:PairStep._compute",
          "Mux(state == 0, 0, state - 1)", "state - 1"),
    Break("step, curved", "minus_moves", "engine.step:PairStep._look_up",
          'delayed(m, state, 1, f"held_{role}")', "state"),
    Break("step, varied", "plus_moves", "engine.step:PairStep._modes",
          'trait(self, role, "kind")', 'trait(self, "minus", "kind")'),
    Break("step, displaced", "plus_moves", "engine.step:PairStep._displace",
          ' & ~trait(self, role, "stuck")', ""),
    Break("step, displaced-linear", "minus_moves", "engine.step:displaced",
          "moved > last", "moved > last + 1"),
    Break("refresh, few-levels", "is_due", "engine.refresh:Refresh._compute",
          "(minus > 0)", "(minus > 1)"),
    Break("refresh, curved", "is_due", "engine.refresh:Refresh._look_up",
          'delayed(m, can_refresh, 1, "can_refresh")', "can_refresh"),
    Break("refresh, few-varied", "plus_is_programmed", "engine.refresh:Refresh._look_up",
          "Mux(higher_2, of_plus, of_minus)", "Mux(higher_2, of_minus, of_plus)"),
    Break("refresh, few-swapped", "polarity_turns", "engine.refresh:Refresh._look_up",
          "eq(~delayed(m", "eq(delayed(m"),
    Break("refresh, few-displaced", "plus_is_programmed", "engine.refresh:Refresh._program",
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
    Break("streams of Packer", "o_holds", "engine.packer:Packer.elaborate",
          "with m.If(self.i.valid & self.i.ready):", "with m.If(self.i.valid):"),
    Break("streams of Framer", "o_holds", "link.framer:Framer._send_bytes",
          "~load & ~loaded &", "~load &"),
    Break("streams of Reader", "o_holds", "store.reader:Reader.elaborate",
          "(~gives | self.o.ready)", "(~gives | gives)"),
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
    Break("host at the sequencer", "host_is_granted", "engine.sequencer:Sequencer.elaborate",
          "self.host_request & host_waits & ~self.result_free)", "0)"),
    Break("host at the sequencer", "no_sample_begins", "engine.sequencer:Sequencer.elaborate",
          "with m.If(self.run & ~host_waits):", "with m.If(self.run):"),
)
"""Breaks of the lines that the proofs guard."""
