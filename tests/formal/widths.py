"""Widths: sums in registers of the derived width equal sums that are wide enough for anything."""

from amaranth.hdl import Mux, Signal, signed
from formal.prover import Claims

from pulsetrain.hdl.engine.backward import BackwardTree
from pulsetrain.hdl.engine.forward import ForwardLanes
from pulsetrain.hdl.library.arithmetic import by_layer
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.spec import Config

SPARE = 6
"""Bits that the reference has more than the hardware."""


def forward_claims(config: Config) -> Claims:
    """The sums of `ForwardLanes` are exact for groups of at most as many rows as the widest layer
    has, whatever the products: every activation times every weight."""
    forward = ForwardLanes(config)
    claims = Claims(forward)
    m, design = claims.m, config.design
    lines = max(layer.rows for layer in design.layers)
    largest = config.numbers.full * design.weight_limit
    closes = forward.valid & forward.last
    rows = Signal(range(lines + 1))
    with m.If(forward.valid):
        m.d.sync += rows.eq(Mux(closes, 0, rows + 1))
    claims.assume(~forward.valid | (rows < lines))
    adds = delayed(m, forward.valid, 1, "adds", control=True)
    ends = delayed(m, closes, 1, "ends", control=True, init=1)
    for lane in range(config.engine.lanes):
        product = forward.products[lane]
        claims.assume((product >= -largest) & (product <= largest))
        total, exact = (Signal(signed(design.accumulator_bits + SPARE), name=f"{name}_{lane}")
                        for name in ("total", "exact"))
        with m.If(adds):
            m.d.sync += total.eq(total + product)
        with m.If(ends):
            m.d.sync += [total.eq(0), exact.eq(total + product)]
        claims.claim(f"sum_{lane}_is_exact", ~forward.done | (forward.z[lane] == exact))
    return claims


def backward_claims(config: Config) -> Claims:
    """The sum of `BackwardTree` is exact over all groups of a line, whatever the products: every
    delta of a layer's units times every weight."""
    backward = BackwardTree(config)
    claims = Claims(backward)
    m, design, numbers = claims.m, config.design, config.numbers
    lanes, layers = config.engine.lanes, design.layers
    group = Signal(range(max(layer.groups for layer in layers) + 1))
    row, line = Signal.like(group), Signal.like(backward.layer)
    m.d.comb += row.eq(Mux(backward.first, 0, group))
    with m.If(backward.valid):
        m.d.sync += [group.eq(row + 1), line.eq(backward.layer)]
    claims.assume(~backward.valid | backward.first | (backward.layer == line))
    claims.assume(~backward.valid | (row < by_layer(
        backward.layer, [layer.groups for layer in layers])))
    exact = Signal(signed(design.backward_bits + SPARE), name="wide")
    for lane, product in enumerate(backward.products):
        largest = by_layer(backward.layer, [
            Mux(row * lanes + lane < layer.outputs, design.weight_limit * (
                numbers.full if layer.is_output else numbers.delta_limit), 0) for layer in layers])
        claims.assume((product >= -largest) & (product <= largest))
    with m.If(backward.valid):
        m.d.sync += exact.eq(Mux(backward.first, 0, exact) + sum(backward.products))
    bound = by_layer(line, [design.weight_limit * (
        numbers.full if layer.is_output else numbers.delta_limit) * Mux(
            group * lanes < layer.outputs, group * lanes, layer.outputs) for layer in layers])
    claims.claim("sum_is_bounded", (exact >= -bound) & (exact <= bound))
    claims.claim("sum_is_exact", claims.register("exact") == delayed(
        m, exact, design.stages.adder_tree, "exact_before"))
    return claims
