"""Bus: the rules of AXI4-Lite, AXI4-Stream and Wishbone, for the tops of buses."""

from collections.abc import Callable
from unittest.mock import patch

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib.wiring import Component
from formal.prover import Claims
from formal.streams import holds, streams

from pulsetrain.hdl.bus import core
from pulsetrain.hdl.bus.axi import OKAY, SLVERR
from pulsetrain.hdl.bus.axi_top import AxiTop
from pulsetrain.hdl.bus.wishbone_top import WishboneTop
from pulsetrain.hdl.engine.engine import Engine
from pulsetrain.spec import Config

MOST = 7
"""Up to which accesses are counted that have no answer yet."""


def axi_claims(config: Config) -> Claims:
    """The top keeps the rules of AXI4-Lite and AXI4-Stream, if its manager does."""
    claims, top = _around(lambda: AxiTop(config, "engine"), config)
    m = claims.m

    def channel(name: str, *payload: str, port: str = "s_axi_") -> tuple[Value, Value, Value]:
        valid, ready = (getattr(top, f"{port}{name}{end}") for end in ("valid", "ready"))
        return valid, ready, Cat(getattr(top, f"{port}{name}{field}") for field in payload)

    address, data, read = (channel("aw", "addr", "prot"), channel("w", "data", "strb"),
                           channel("ar", "addr", "prot"))
    for name, given in (("address", address), ("data", data), ("read", read),
                        ("samples", channel("t", "data", "keep", "user", "last",
                                            port="s_axis_"))):
        claims.assume(_keeps(m, name, *given))
    written, found = channel("b", "resp"), channel("r", "data", "resp")
    results = channel("t", "data", "last", port="m_axis_")
    for name, given in (("write_response", written), ("read_data", found), ("results", results)):
        claims.claim(f"{name}_holds", _keeps(m, name, *given))
        claims.claim(f"no_{name}_after_reset", ~claims.begins | ~given[0])
    for name, requests, answers in (("write_address", address, written),
                                    ("write_data", data, written), ("read_address", read, found)):
        owed = _owed(m, name, requests[0] & requests[1], answers[0] & answers[1])
        claims.claim(f"answer_follows_{name}", ~answers[0] | (owed != 0))
        claims.claim(f"few_{name}", owed < MOST)
    for name, response in (("write", top.s_axi_bresp), ("read", top.s_axi_rresp)):
        claims.claim(f"{name}_response_exists", (response == OKAY) | (response == SLVERR))
    return claims


def wishbone_claims(config: Config, *, pipelined: bool) -> Claims:
    """The top keeps the rules of Wishbone B4: each access of a cycle has one answer, `ack` or
    `err`, while the cycle lasts.

    Whether an answer is that of its access is shown by counting: none comes that is not owed.
    """
    claims, top = _around(lambda: WishboneTop(config, "engine", pipelined=pipelined), config)
    m, cycle, strobe = claims.m, top.wb_cyc, top.wb_stb
    answers = top.wb_ack | top.wb_err
    waits = Signal()  # an access of the cycle before waits
    if pipelined:
        taken = cycle & strobe & ~top.wb_stall
        m.d.sync += waits.eq(cycle & strobe & top.wb_stall)
    else:
        taken = cycle & strobe & ~waits
        m.d.sync += waits.eq(cycle & strobe & ~answers)
    request = Cat(top.wb_we, top.wb_adr, top.wb_sel, top.wb_dat_w)
    before = Signal(len(request))
    m.d.sync += before.eq(request)
    claims.assume(~(waits & cycle) | (strobe & (request == before)))
    claims.assume(cycle | ~strobe)
    owed = Signal(range(MOST + 1))
    m.d.sync += owed.eq(Mux(cycle, Mux(owed + taken < MOST + answers, owed + taken - answers, MOST),
                            0))
    claims.claim("one_kind_of_answer", ~(top.wb_ack & top.wb_err))
    claims.claim("answers_in_cycle", ~answers | cycle)
    claims.claim("answer_is_owed", ~answers | (owed != 0))
    claims.claim("few_accesses", owed < MOST)
    if not pipelined:
        claims.claim("answer_to_strobe", ~answers | strobe)
    return claims


def _around(make: Callable[[], Component], config: Config) -> tuple[Claims, Component]:
    """The claims about a top; what its engine gives is free, but for the rules of streams."""
    engine = Engine(config)
    with patch.object(core, "PlacedEngine", lambda *_: engine):
        claims = Claims(top := make())
    for name, interface, is_source in streams(engine):
        if is_source:
            claims.cut(interface.valid)
            claims.cut(Value.cast(interface.payload))
            claims.assume(holds(claims.m, name, interface))
        else:
            claims.cut(interface.ready)
    for free in (engine.bus.ready, engine.bus.read_data):
        claims.cut(free)
    return claims, top


def _keeps(m: Module, name: str, valid: Value, ready: Value, payload: Value) -> Value:
    """Whether an offer that was not taken in the cycle before is still there, unchanged."""
    waits, offered = Signal(name=f"{name}_waits"), Signal(len(payload), name=f"{name}_offered")
    m.d.sync += [waits.eq(valid & ~ready), offered.eq(payload)]
    return ~waits | (valid & (payload == offered))


def _owed(m: Module, name: str, begins: Value, ends: Value) -> Signal:
    """How many have begun, and not ended, before this cycle."""
    owed = Signal(range(MOST + 1), name=f"owed_{name}")
    m.d.sync += owed.eq(Mux(owed == MOST, MOST, owed + begins - ends))
    return owed
