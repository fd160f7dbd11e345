"""Bench of the forward lanes: whole groups of rows against `golden.forward.forward`."""

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np

from pulsetrain.golden.forward import forward
from pulsetrain.hdl.engine.forward import ForwardLanes
from pulsetrain.spec import Layer

from .scaffold import Bench, Block, Values, bench_test, check_pipeline, check_reset
from .stimuli import activations, group_sizes, pad, weights

QUIET = {"valid": 0}
GROUPS = 150

Row = tuple[Values, Values]


@bench_test
async def sums_equal_the_model(block: Block) -> None:
    """Random groups of all layers, rows interrupted by idle cycles."""
    bench = Bench(block, ForwardLanes, QUIET)
    await bench.reset()
    await _check(bench, _random_rows(bench))


@bench_test
async def worst_case_fits(block: Block) -> None:
    """Full inputs through the largest weights of either sign, in every layer."""
    bench = Bench(block, ForwardLanes, QUIET)
    await bench.reset()
    rows = [row for layer in bench.config.design.layers for sign in (1, -1)
            for row in _group(bench, layer, np.full(layer.inputs, bench.config.numbers.full),
                              np.full((layer.rows, bench.config.engine.lanes),
                                      sign * bench.config.design.weight_limit))]
    await _check(bench, rows)


@bench_test
async def a_reset_clears_the_sums(block: Block) -> None:
    """A group that a reset interrupts is not part of the next one."""
    bench = Bench(block, ForwardLanes, QUIET)
    for _ in range(3):
        await bench.reset()
        await _check(bench, islice(_random_rows(bench), 5))


@bench_test
async def resets(block: Block) -> None:
    """A reset forgets a finished group."""
    await check_reset(Bench(block, ForwardLanes, QUIET), ["ending", "done"])


async def _check(bench: Bench, rows: Iterable[Row]) -> None:
    latency = bench.component.latency
    latencies = {"ending": latency - 1, "done": latency, "z": latency}
    await check_pipeline(bench, _as_they_come(bench, rows), latencies,
                         quiet={"ending": 0, "done": 0}, held=["z"], idle=0)


def _as_they_come(bench: Bench, rows: Iterable[Row]) -> Iterator[Row]:
    """Rows with idle cycles between them; the products of each come one cycle after it."""
    products: Values = {}
    for inputs, answer in rows:
        while bench.chance(0.3):
            yield products, {}
            products = {}
        yield inputs | {"products": None} | products, answer
        products = {"products": inputs["products"]}
    yield products, {}


def _random_rows(bench: Bench) -> Iterator[Row]:
    for _ in range(GROUPS):
        layer = bench.config.design.layers[bench.random.integers(len(bench.config.design.layers))]
        size = bench.random.choice(group_sizes(bench.config, layer))
        x = activations(bench, layer, layer.inputs)
        yield from _group(bench, layer, x, weights(bench, (layer.rows, size)))


def _group(bench: Bench, layer: Layer, x: np.ndarray, weight: np.ndarray) -> Iterator[Row]:
    """The rows of one group: its events, then the bias line; unused lanes are unknown."""
    full, lanes = bench.config.numbers.full, bench.config.engine.lanes
    lines = [*np.flatnonzero(x).tolist(), layer.inputs]
    values = [*x[x > 0].tolist(), full]
    for position, (line, value) in enumerate(zip(lines, values, strict=True)):
        last = position == len(lines) - 1
        inputs = {"valid": 1, "last": int(last),
                  "products": pad(weight[line] * value, lanes, None)}
        z = pad(forward(weight, x, full), lanes, None)
        answer = {"ending": 1, "done": 1, "z": z} if last else {}
        yield inputs, answer
