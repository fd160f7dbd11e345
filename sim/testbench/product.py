"""Bench of the products: weight times operand in every lane."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from pulsetrain.hdl.engine.product import Products
from pulsetrain.spec.memories import backward_slices, slices

from .scaffold import Bench, Block, Values, bench_test, check_pipeline
from .stimuli import activations, delta_limit, deltas, drawn, pad, states, with_devices

ROWS = 400

Row = tuple[Values, Values]


@bench_test
async def products_equal_the_model(block: Block) -> None:
    """Forward and backward rows in any order; the operand that is not selected is unknown."""
    bench = Bench(block, Products)
    await bench.reset()
    await check_pipeline(bench, _random_rows(bench), {"products": bench.component.latency})


@bench_test
async def worst_case_fits(block: Block) -> None:
    """The largest weights of either sign times the largest operands."""
    bench = Bench(block, Products)
    await bench.reset()
    last, lanes = bench.config.design.states - 1, bench.config.engine.lanes
    hidden = bench.config.network.hidden
    limit = max(delta_limit(bench.config, layer) for layer in bench.config.design.layers)
    backward = [np.full(lanes, limit), np.full(lanes, -limit)] if hidden else []
    rows = [_row(bench, np.full(lanes, plus), np.full(lanes, minus), operand)
            for plus, minus in ((last, 0), (0, last))
            for operand in (bench.config.numbers.full, *backward)]
    await check_pipeline(bench, rows, {"products": bench.component.latency})


def _random_rows(bench: Bench) -> Iterator[Row]:
    lanes, layers = bench.config.engine.lanes, bench.config.design.layers
    for _ in range(ROWS):
        layer = layers[bench.random.integers(len(layers))]
        backward = bench.config.network.hidden and bench.chance(0.5)
        operand = (deltas(bench, layer, lanes) if backward
                   else int(activations(bench, layer, 1)[0]))
        yield _row(bench, states(bench, lanes), states(bench, lanes), operand)


def _row(bench: Bench, plus: np.ndarray, minus: np.ndarray, operand: int | np.ndarray) -> Row:
    """A forward row with an activation, or a backward row with the deltas of its lanes: the others
    may have any product."""
    chosen, lanes = drawn(bench, plus, minus), bench.config.engine.lanes
    inputs: dict[str, Any] = {"row": chosen.pairs, **with_devices(bench, chosen.devices)}
    weights = chosen.synapses.weight()
    if isinstance(operand, int):
        inputs["values"] = [operand] * len(slices(bench.config))
        if bench.config.network.hidden:
            inputs["backward"] = 0
        return inputs, {"products": (weights * operand).tolist()}
    some = bench.config.design.backward_lanes
    inputs |= {"deltas": operand[:some].tolist(),
               "backward": (1 << len(backward_slices(bench.config))) - 1}
    return inputs, {"products": pad(weights[:some] * operand[:some], lanes, None)}
