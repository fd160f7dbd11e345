"""Bench of the products: weight times operand in every lane."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from pulsetrain.hdl.engine.product import Products
from pulsetrain.spec.memories import slices

from .scaffold import Bench, Block, Values, bench_test, check_pipeline
from .stimuli import activations, delta_limit, deltas, drawn, states, with_devices

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
    limit = max(delta_limit(bench.config, layer) for layer in bench.config.design.layers)
    rows = [_row(bench, np.full(lanes, plus), np.full(lanes, minus), operand)
            for plus, minus in ((last, 0), (0, last))
            for operand in (bench.config.numbers.full, np.full(lanes, limit),
                            np.full(lanes, -limit))]
    await check_pipeline(bench, rows, {"products": bench.component.latency})


def _random_rows(bench: Bench) -> Iterator[Row]:
    lanes, layers = bench.config.engine.lanes, bench.config.design.layers
    for _ in range(ROWS):
        layer = layers[bench.random.integers(len(layers))]
        operand = (deltas(bench, layer, lanes) if bench.chance(0.5)
                   else int(activations(bench, layer, 1)[0]))
        yield _row(bench, states(bench, lanes), states(bench, lanes), operand)


def _row(bench: Bench, plus: np.ndarray, minus: np.ndarray, operand: int | np.ndarray) -> Row:
    """A forward row with an activation, or a backward row with the deltas of its lanes."""
    chosen, copies = drawn(bench, plus, minus), len(slices(bench.config))
    inputs: dict[str, Any] = {"row": chosen.pairs, **with_devices(bench, chosen.devices)}
    if isinstance(operand, int):
        inputs |= {"values": [operand] * copies, "backward": 0}
    else:
        inputs |= {"deltas": operand.tolist(), "backward": (1 << copies) - 1}
    return inputs, {"products": (chosen.synapses.weight() * operand).tolist()}
