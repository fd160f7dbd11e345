"""Sequencer: how long a sample takes, and how long a host waits for the memory."""

from collections.abc import Iterator
from itertools import pairwise, product
from unittest.mock import patch

from amaranth.hdl import Cat, Module, Mux, Signal, Value, ValueLike
from amaranth.lib.wiring import Component, PureInterface
from formal.prover import START, Claims

from pulsetrain.golden.cycles import LayerEvents, predicted_cycles
from pulsetrain.hdl.engine import engine as engine_module
from pulsetrain.hdl.engine.engine import Engine
from pulsetrain.hdl.engine.host import HostPort
from pulsetrain.hdl.engine.interfaces import MemoryInterface
from pulsetrain.hdl.engine.loader import Loader
from pulsetrain.hdl.engine.sequencer import Sequencer
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.spec import Config

BEGINS = 3
"""Cycles within which a buffered sample begins, whatever the host requests."""

GRANTED = 2
"""Cycles within which a host has the memory if no sample is in work."""

NOT_AT_REST = {
    "": ("o_result__valid", "begins", "write__addr", "fires"),
    "sequencer": ("host_waits", "is_event", "is_last_visit", "is_bias", "is_last_event", "elapsed",
                  "fsm_state", "drain_layer", "drain_group", "drain_first_unit", "drain_is_last",
                  "layer", "settling", "final"),
    "delta": ("$like", "sequencer__", "newest", "trits_so_far", "trit_count", "groups_so_far"),
    "output": ("first", "chunk", "prediction", "done", "wins"),
    "forward": (), "backward": (), "activation": (),
}
"""By part of the engine ("": the engine itself): registers that may have any value between samples.
All others that a reset sets have the value of the reset."""


def host_claims(config: Config) -> Claims:
    """A host that requests the memory has it at once between samples, and also while a finished
    sample holds because nobody takes the result before it."""
    sequencer = Sequencer(config)
    claims, waited = Claims(sequencer), Signal(2)
    claims.m.d.sync += waited.eq(0)
    with claims.m.If(sequencer.host_request & ~sequencer.busy & ~sequencer.host_grant):
        claims.m.d.sync += waited.eq(waited + (waited != 3))
    claims.claim("host_is_granted", waited < GRANTED)
    claims.claim("no_sample_begins", ~sequencer.host_grant | ~sequencer.start & ~sequencer.busy)
    asked = delayed(claims.m, sequencer.host_request, 1, "asked", control=True)
    claims.claim("grant_is_asked_for", ~sequencer.host_grant | (sequencer.host_request & asked))
    return claims


def request_claims(config: Config) -> Claims:
    """Two requests of a host are served four cycles apart or more, if the memory is granted as
    `host_claims` says."""
    host = HostPort(config)
    claims, served = Claims(host), Signal(3)
    asked = delayed(claims.m, host.request, 1, "asked", control=True)
    claims.assume(~host.grant | (host.request & asked))
    claims.m.d.sync += served.eq((served << 1) | host.accesses)
    claims.claim("requests_are_apart", ~host.accesses | ~served.any())
    return claims


def loader_claims(config: Config) -> Claims:
    """What `sample_claims` takes for granted of the loader; and a loader that takes nothing has two
    samples for the sequencer."""
    loader = Loader(config)
    claims = Claims(loader)
    claims.assume(loader.sequencer.ready | ~loader.sequencer.release)
    for name, rule in _rules_of_samples(claims, config, loader.sequencer):
        claims.claim(name, rule)
    stops = Signal()
    claims.m.d.sync += stops.eq(~loader.i.ready & ~loader.sequencer.release)
    claims.claim("full_loader_has_samples",
                 ~stops | (loader.sequencer.ready & loader.sequencer.next_ready))
    return claims


def sample_claims(config: Config) -> Claims:
    """From any state between samples in which the engine's control is as after a reset: a sample
    retires within the most cycles that the cycle model gives for any sample; control is then as
    after a reset again; and neither a host nor a buffered sample waits longer.

    For `cycles_of_claims`. This covers all cycles of an engine after a reset, sample by sample.
    """
    claims, engine, between, rests = any_sample(config)
    m, sequencer, most = claims.m, engine._sequencer, most_cycles(config)
    for name, rest in rests.items():
        claims.claim(f"{name}_rests", ~between | rest)

    idle = sequencer.loader.ready & sequencer.run & ~sequencer.busy & ~sequencer.holds
    for name, waits, longest in (
            ("sample_retires", sequencer.busy & ~sequencer.finish, most - 1),
            ("host_is_granted", sequencer.host_request & ~sequencer.host_grant, most + GRANTED),
            ("sample_begins", idle & ~sequencer.start, BEGINS)):
        claims.claim(name, _waited(m, name, waits, longest + 1) <= longest)
    return claims


def any_sample(config: Config) -> tuple[Claims, Engine, Signal, dict[str, Value]]:
    """An engine that begins in any state between samples in which its control is as after a reset:
    whether it is between samples, and what rests then.

    Sums, deltas of hidden units, what the loader has and what is read from single-port memory are
    free.
    """
    with patch.object(engine_module, "SpramMemory", _AnyMemory):
        engine = Engine(config)
        claims = Claims(engine)
    m, sequencer = claims.m, engine._sequencer
    claims.cut(engine._forward.z.as_value())
    if config.engine.single_port:
        claims.cut(engine._memory.row.as_value())
    if config.network.hidden:
        claims.cut(claims.register("backward.shifted"))
    for name in ("ready", "next_ready", "strong", "some_strong", "events", "some_events", "train"):
        claims.cut(getattr(sequencer.loader, name))
    for _, rule in _rules_of_samples(claims, config, sequencer.loader):
        claims.assume(rule)

    between = Signal()
    m.d.comb += between.eq(~sequencer.busy | sequencer.finish)
    rests = {"state": claims.register("sequencer.fsm_state") < 6,
             "layer": sequencer.holds | sequencer.finish | (sequencer.token.layer == 0),
             **_rests(claims)}
    all_rest = Signal(len(rests))
    m.d.comb += all_rest.eq(Cat(rests.values()))
    claims.claim(START, ~claims.begins | (between & all_rest.all()))
    return claims, engine, between, {
        name: all_rest[index] for index, name in enumerate(rests)}


class _AnyMemory(Component):
    """In place of single-port RAM, whose cells Yosys does not know."""

    def __init__(self, config: Config) -> None:
        self.latency = config.design.stages.memory
        super().__init__(MemoryInterface(config))

    def elaborate(self, platform: object) -> Module:
        return Module()


def cycles_of_claims(config: Config) -> int:
    """Cycles after which everything that `sample_claims` counts has ended."""
    return most_cycles(config) + GRANTED + 3


def most_cycles(config: Config) -> int:
    """The most cycles of any sample, by the cycle model."""
    return max(predicted_cycles(config, list(events)) for events in product(
        *(_events(config, index) for index in range(len(config.design.layers))))
        if all(sum(below.units) == layer.inputs
               for below, layer in pairwise(events)))


def _events(config: Config, index: int) -> Iterator[LayerEvents]:
    """The events of a layer that make its update longest, for every number of inputs and every
    number of active units in each group."""
    layer, lanes = config.design.layers[index], config.engine.lanes
    sizes = [min(lanes, layer.outputs - first) for first in range(0, layer.outputs, lanes)]
    drained = [[-(-size // config.design.output_units)] if layer.is_output else range(size + 1)
               for size in sizes]
    for inputs, units in product(range(layer.inputs + 1), product(*drained)):
        yield LayerEvents(inputs=inputs, strong=inputs, visited=inputs + 1, units=units,
                          groups=layer.groups, pulses=True)


def _waited(m: Module, name: str, waits: Value, most: int) -> Signal:
    """For how many cycles, up to `most`, `waits` has been high, this one included."""
    before, now = (Signal(range(most + 1), name=f"{name}_{when}") for when in ("before", "now"))
    m.d.comb += now.eq(Mux(waits, Mux(before == most, most, before + 1), 0))
    m.d.sync += before.eq(now)
    return now


def _rests(claims: Claims) -> dict[str, Value]:
    """By register: whether it has the value of a reset, or if it has several bits with names, no
    token and no unit is valid."""
    found = {}
    for part, free in NOT_AT_REST.items():
        for name, register in claims.registers(part).items():
            if register.reset_less or (name.startswith(free) and name not in _PIPELINES):
                continue
            valid = {"token": register[:1], "unit": Cat(register[0], register[-1])}.get(
                name.partition("_")[0], register)
            found[f"{part}_{name}"] = valid == (register.init if valid is register else 0)
    return found


_PIPELINES = ("chunk_valid_0", "chunk_valid")
"""Registers at rest whose names begin as those of others."""


def _rules_of_samples(claims: Claims, config: Config,
                      loader: PureInterface) -> Iterator[tuple[str, ValueLike]]:
    """What a loader promises the sequencer (`LoaderInterface`)."""
    m = claims.m
    told = Cat(loader.strong, loader.some_strong, loader.events, loader.train)
    has_next, has_sample, keeps, had_events = Signal(), Signal(), Signal(), Signal()
    before = Signal(len(told))
    m.d.sync += [has_next.eq(loader.next_ready), before.eq(told),
                 has_sample.eq(Mux(loader.release, loader.next_ready, loader.ready)),
                 keeps.eq(has_sample & ~loader.release), had_events.eq(loader.some_events)]
    yield "sample_stays", (loader.ready | ~has_sample) & (loader.ready | ~has_next)
    yield "samples_are_in_order", loader.ready | ~loader.next_ready
    yield "events_are_inputs", ~has_sample | (
        (loader.events <= config.network.inputs) & (loader.strong <= loader.events))
    yield "some_are_strong", ~has_sample | (loader.some_strong == (loader.strong != 0))
    yield "some_are_events", ~has_sample | claims.begins | (had_events == (loader.events != 0))
    yield "events_stay", ~keeps | (told == before)
