"""Bench of the refresh: pairs of states against `golden.refresh.refresh`."""

from collections.abc import Iterator

import numpy as np

from pulsetrain.golden.refresh import refresh
from pulsetrain.hdl.engine.refresh import Refresh

from .scaffold import Bench, Block, Values, bench_test, check_pipeline
from .stimuli import drawn, pairs, states, with_devices

EXHAUSTIVE_STATES = 32
PAIRS = 2000


@bench_test
async def pairs_equal_the_model(block: Block) -> None:
    """All pairs of states, or random ones including the ends if there are too many."""
    bench = Bench(block, Refresh)
    latency = bench.component.latency
    if latency:
        await bench.reset()
    plus, minus = (states(bench, PAIRS) for _ in range(2))
    if bench.config.design.states <= EXHAUSTIVE_STATES:
        every = np.arange(bench.config.design.states)
        plus, minus = (grid.ravel() for grid in np.meshgrid(every, every))
    rows = list(_rows(bench, plus, minus))
    assert any(expected["due"] for _, expected in rows), "no pair is due"
    await check_pipeline(bench, rows, {"due": latency, "refreshed": latency})


def _rows(bench: Bench, plus: np.ndarray, minus: np.ndarray) -> Iterator[tuple[Values, Values]]:
    chosen = drawn(bench, plus, minus)
    for index, (pair, devices) in enumerate(zip(chosen.pairs, chosen.devices, strict=True)):
        one = chosen.at([index])
        refreshed, counts = refresh(one.synapses, bench.config.design.refresh_state,
                                    swap=bench.config.update.refresh_swaps,
                                    error=one.steps.error)
        expected = {"due": counts["refreshes"]}
        if counts["refreshes"]:
            expected["refreshed"] = pairs(refreshed)[0]
        inputs = {"pair": pair, **with_devices(bench, devices)}
        if one.steps.error is not None:
            inputs["error"] = int(one.steps.error[0])
        yield inputs, expected
