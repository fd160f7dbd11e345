"""Streams: what every component promises of its streams, if its surroundings keep their rules."""

from collections.abc import Callable, Iterator

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import stream
from amaranth.lib.wiring import Component, In, Out, PureInterface, Signature
from formal.prover import Claims


def streams(component: Component) -> Iterator[tuple[str, PureInterface, bool]]:
    """The streams of a component: name, interface, and whether the component is their source."""
    def of(signature: Signature, values: object, is_flipped: bool,
           path: tuple[str, ...]) -> Iterator[tuple[str, PureInterface, bool]]:
        for name, member in signature.members.items():
            if member.is_port:
                continue
            value, is_source = getattr(values, name), (member.flow == Out) != is_flipped
            if isinstance(member.signature, stream.Signature):
                yield "__".join((*path, name)), value, is_source
            else:
                yield from of(member.signature, value, not is_source, (*path, name))

    yield from of(component.signature, component, False, ())


def stream_claims(component: Component) -> Claims:
    """Every source of `component` keeps its offer until it is taken."""
    claims = Claims(component)
    for name, interface, is_source in streams(component):
        kept = holds(claims.m, name, interface)
        if is_source:
            claims.claim(f"{name}_holds", kept)
        else:
            claims.assume(kept)
    if surroundings := SURROUNDINGS.get(type(component).__name__):
        surroundings(claims, component)
    return claims


def holds(m: Module, name: str, source: PureInterface) -> Value:
    """Whether an offer that was not taken in the cycle before is still there, unchanged."""
    payload = Value.cast(source.payload)
    waits, offered = Signal(name=f"{name}_waits"), Signal(len(payload), name=f"{name}_offered")
    m.d.sync += [waits.eq(source.valid & ~source.ready), offered.eq(payload)]
    return ~waits | (source.valid & (payload == offered))


def is_stable(m: Module, name: str, value: Value) -> Value:
    """Whether a value is what it was in the cycle before."""
    before, has_before = Signal(len(value), name=f"{name}_before"), Signal(name=f"{name}_begun")
    m.d.sync += [before.eq(value), has_before.eq(1)]
    return ~has_before | (value == before)


def _since(m: Module, name: str, begins: Value, ends: Value) -> Signal:
    """High from the cycle after `begins` to the one of `ends`."""
    open_since = Signal(name=name)
    with m.If(begins):
        m.d.sync += open_since.eq(1)
    with m.Elif(ends):
        m.d.sync += open_since.eq(0)
    return open_since


def _bus_access(claims: Claims, access: Component) -> None:
    """Every request for a row has one answer, later."""
    asked, answer = access.o_host, access.i_host
    claims.assume(~answer.valid | _since(claims.m, "owed", asked.valid & asked.ready,
                                         answer.valid & answer.ready))


def _row_access(claims: Claims, rows: Component) -> None:
    """One request is in work at a time. The engine answers reads, and its answer changes only with
    a new one."""
    asked, answer = rows.o_host, rows.i_host
    claims.assume(~answer.valid | _since(
        claims.m, "owed", asked.valid & asked.ready & ~asked.payload.write,
        answer.valid & answer.ready))
    claims.assume(~rows.i.valid | ~_since(claims.m, "busy", rows.i.valid & rows.i.ready,
                                          rows.o.valid & rows.o.ready))
    claims.assume(answer.valid | is_stable(claims.m, "slice", Value.cast(answer.payload)))


def _register_access(claims: Claims, registers: Component) -> None:
    """A register does not change while its value waits. A counter may: the value is then the one of
    the cycle in which it is taken."""
    claims.assume(~_since(claims.m, "waits", registers.o.valid & ~registers.o.ready,
                          registers.o.ready)
                  | is_stable(claims.m, "value", registers.bus.read_data))


def _host_port(claims: Claims, port: Component) -> None:
    """The memory is given only to a host that requests it."""
    claims.assume(port.request | ~port.grant)


def _keyed_order(claims: Claims, order: Component) -> None:
    """The order is that of one epoch."""
    claims.assume(is_stable(claims.m, "order", Cat(order.key, order.count, order.low_bits,
                                                    order.longer)))


def _reader(claims: Claims, reader: Component) -> None:
    """A job is learned or not, and a scan or not."""
    claims.assume(is_stable(claims.m, "job", Cat(reader.train, reader.scan)))


SURROUNDINGS: dict[str, Callable[[Claims, Component], None]] = {
    "BusAccess": _bus_access, "HostPort": _host_port, "KeyedOrder": _keyed_order,
    "Reader": _reader, "RegisterAccess": _register_access, "RowAccess": _row_access}
"""By class of component: what it expects of its inputs besides the rules of streams."""


def unread_claims(make: Callable[[], Component]) -> Claims:
    """What a component offers and takes does not depend on payloads that are not valid, such as one
    that has been taken.

    Two of it get the same, except for the payloads of their inputs while these are not valid.
    """
    one, other = make(), make()
    claims = Claims(one, other)
    m, driven = claims.m, []
    for (name, first, is_source), (_, second, _) in zip(streams(one), streams(other), strict=True):
        if is_source:
            claims.claim(f"{name}_is_the_same", (first.valid == second.valid) & (
                ~first.valid | (Value.cast(first.payload) == Value.cast(second.payload))))
            continue
        claims.claim(f"{name}_is_taken", ~first.valid | (first.ready == second.ready))
        # Circuits instead of assumptions: ABC merges what is equal in the two.
        payload = Value.cast(first.payload)
        waits, offered = Signal(name=f"{name}_waits"), Signal(len(payload), name=f"{name}_offered")
        comes, given, junk = (Signal(bits, name=f"{name}_{part}") for part, bits in (
            ("comes", 1), ("given", len(payload)), ("junk", len(payload))))
        claims.inputs += [comes, given, junk]
        m.d.sync += [waits.eq(first.valid & ~first.ready), offered.eq(payload)]
        m.d.comb += [first.valid.eq(waits | comes), second.valid.eq(first.valid),
                     payload.eq(Mux(waits, offered, given)),
                     Value.cast(second.payload).eq(Mux(first.valid, payload, junk))]
        driven += [first.valid, second.valid, payload, Value.cast(second.payload)]
    for (_, member, value), (_, _, same) in zip(
            one.signature.flatten(one), other.signature.flatten(other), strict=True):
        value, same = Value.cast(value), Value.cast(same)
        if member.flow == In and not any(same is signal for signal in driven):
            m.d.comb += same.eq(value)
            driven.append(same)
    claims.inputs = [signal for signal in claims.inputs
                     if not any(signal is by for by in driven)]
    for component in (one, other):
        if surroundings := SURROUNDINGS.get(type(component).__name__):
            surroundings(claims, component)
    return claims
