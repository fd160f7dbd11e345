"""Bench of the backward tree: whole input lines against `golden.backward.backward`."""

from collections.abc import Iterator

import numpy as np

from pulsetrain.golden.backward import backward
from pulsetrain.hdl.engine.backward import BackwardTree
from pulsetrain.spec import Layer

from .scaffold import Bench, Block, Values, bench_test, check_pipeline, check_reset
from .stimuli import activations, delta_limit, deltas, group_sizes, pad, weights

QUIET = {"valid": 0}
LINES = 200

Row = tuple[Values, Values]


@bench_test
async def deltas_equal_the_model(block: Block) -> None:
    """Random lines of all layers past the first, rows interrupted by idle cycles."""
    bench = Bench(block, BackwardTree, QUIET)
    await bench.reset()
    await _check(bench, _random_rows(bench))


@bench_test
async def worst_case_fits(block: Block) -> None:
    """The largest deltas through the largest weights of either sign."""
    bench = Bench(block, BackwardTree, QUIET)
    await bench.reset()
    rows = [row for layer in bench.config.design.layers[1:] for sign in (1, -1)
            for row in _line(bench, layer,
                             np.full(layer.outputs, sign * bench.config.design.weight_limit),
                             np.full(layer.outputs, delta_limit(bench.config, layer)), 1)]
    await _check(bench, rows)


@bench_test
async def resets(block: Block) -> None:
    """A reset forgets the lines under way."""
    await check_reset(Bench(block, BackwardTree, QUIET), ["done"])


async def _check(bench: Bench, rows: Iterator[Row] | list[Row]) -> None:
    latency = bench.component.latency
    await check_pipeline(bench, rows, {"done": latency, "delta": latency}, quiet={"done": 0})


def _random_rows(bench: Bench) -> Iterator[Row]:
    for _ in range(LINES):
        layers = bench.config.design.layers
        layer = layers[bench.random.integers(1, len(layers))]
        y = int(activations(bench, layer, 1)[0])
        yield from _line(bench, layer, weights(bench, layer.outputs),
                         deltas(bench, layer, layer.outputs), y)


def _line(bench: Bench, layer: Layer, weight: np.ndarray, delta: np.ndarray,
          y: int) -> Iterator[Row]:
    """The rows of one input line with activation `y`, one row per group; unused lanes are 0."""
    numbers, lanes = bench.config.numbers, bench.config.engine.lanes
    some = bench.config.design.backward_lanes
    matrix = np.stack([weight, np.zeros_like(weight)])
    expected = backward(matrix, delta, np.array([y]), layer.backward_shift, numbers.full,
                        numbers.delta_limit)
    for group in range(layer.groups):
        units = slice(group * lanes, group * lanes + group_sizes(bench.config, layer)[group])
        last = group == layer.groups - 1
        inputs = {"valid": 1, "first": int(group == 0), "last": int(last),
                  "layer": layer.number - 1, "active": int(0 < y < numbers.full),
                  "products": pad(weight[units] * delta[units], some, 0)}
        yield inputs, {"done": 1, "delta": int(expected[0])} if last else {}
