"""Widths: products, sums and deltas in registers of the derived width equal those that are wide
enough for anything."""

from amaranth.hdl import Mux, Signal, Value, signed
from formal.prover import Claims

from pulsetrain.device import device_tables
from pulsetrain.hdl.engine.backward import BackwardTree
from pulsetrain.hdl.engine.forward import ForwardLanes
from pulsetrain.hdl.engine.output import OutputError
from pulsetrain.hdl.engine.product import Products
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


def delta_claims(config: Config) -> Claims:
    """The delta of `BackwardTree` is the sum, shifted with rounding towards zero and limited, for
    every sum that its register can hold; and 0 of a unit that is not active."""
    backward = BackwardTree(config)
    claims = Claims(backward)
    m, layers, limit = claims.m, config.design.layers, config.numbers.delta_limit
    exact = claims.register("exact")
    claims.cut(exact)
    wide = Signal(signed(len(exact) + SPARE), name="wide")
    magnitude, negative = Signal(len(exact) + SPARE), exact < 0
    m.d.comb += [wide.eq(exact), magnitude.eq(Mux(negative, -wide, wide))]
    layer, active = (claims.register(name) for name in ("layer_summed", "active_summed"))
    shifted = by_layer(layer, [magnitude >> entry.backward_shift
                               for entry in (layers[-1], *layers[1:])])
    limited = Mux(shifted > limit, limit, shifted)
    expected = Signal(signed(len(exact) + SPARE), name="expected")
    m.d.sync += expected.eq(Mux(active, Mux(negative, -limited, limited), 0))
    claims.claim("delta_is_exact", claims.begins | (backward.delta == expected))
    return claims


def error_claims(config: Config) -> Claims:
    """The errors of `OutputError` are those of activations, margins and targets in numbers that are
    wide enough, for all sums."""
    output = OutputError(config)
    claims = Claims(output)
    m, numbers, layer = claims.m, config.numbers, config.design.layers[-1]
    registers = claims.registers()
    for unit in range(len(output.chunk.valid)):
        z, first = registers[f"z_{unit}"], registers["first_taken"]
        claims.cut(z)
        y, delta = (Signal(signed(len(z) + SPARE), name=f"{name}_{unit}")
                    for name in ("wide_y", "wide_delta"))
        moved = (z >> layer.forward_shift) + layer.offset
        m.d.comb += [
            y.eq(Mux(moved < 0, 0, Mux(moved > numbers.full, numbers.full, moved))),
            delta.eq(Mux(
                first + unit == output.label,
                _most(numbers.full - numbers.margin - y, 0), -_most(y - numbers.margin, 0)))]
        claims.claim(f"error_{unit}_is_exact", output.chunk.delta[unit] == delayed(
            m, delta, config.design.stages.output_activation + config.design.stages.output_error,
            f"expected_{unit}"))
    return claims


def _most(one: Value, other: Value | int) -> Value:
    return Mux(one > other, one, other)


def product_claims(config: Config) -> Claims:
    """Every product of `Products` is that of its weight and its operand in numbers that are wide
    enough; the weight is within its limit."""
    products = Products(config)
    claims = Claims(products)
    m, design, stages = claims.m, config.design, config.design.stages
    read = device_tables(config).read[0].tolist()
    for lane in range(config.engine.lanes):
        pair = products.row[lane]
        claims.assume((pair.plus < design.states) & (pair.minus < design.states))
        plus, minus = (by_layer(state, read) for state in (pair.plus, pair.minus))
        wide = signed(design.product_bits + SPARE)
        weight, product = (Signal(wide, name=f"{name}_{lane}") for name in ("weight", "exact"))
        operand = products.values[0]
        if lane < design.backward_lanes:
            operand = Mux(products.backward[0], products.deltas[lane], operand)
        m.d.comb += [weight.eq(plus - minus), product.eq(weight * operand)]
        claims.claim(f"weight_{lane}_is_limited",
                     (weight <= design.weight_limit) & (weight >= -design.weight_limit))
        claims.claim(f"product_{lane}_is_exact", products.products[lane] == delayed(
            m, product, stages.states_to_products, f"expected_{lane}"))
    return claims
