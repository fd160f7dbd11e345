"""Widths: sums in registers of the derived width equal sums that are wide enough for anything."""

from amaranth.hdl import Mux, Signal, signed
from formal.prover import Claims

from pulsetrain.hdl.engine.forward import ForwardLanes
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
