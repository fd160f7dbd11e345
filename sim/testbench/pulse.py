"""Bench of the pulse update: rows of synapses against `golden.pulse.pulse_update`."""

from collections.abc import Iterator

import numpy as np

from pulsetrain.golden.pulse import pulse_update, trits
from pulsetrain.hdl.engine.pulse import PulseUpdate
from pulsetrain.spec import Layer
from pulsetrain.spec.memories import slices

from .scaffold import Bench, Block, Values, bench_test, check_pipeline, check_reset
from .stimuli import delta_limit, deltas, drawn, pairs, states, with_devices

QUIET = {"fires": 0}
ROWS = 600

Row = tuple[Values, Values]


@bench_test
async def rows_equal_the_model(block: Block) -> None:
    """Random rows of all layers, firing or not."""
    bench = Bench(block, PulseUpdate, QUIET)
    await bench.reset()
    await _check(bench, _random_rows(bench))


@bench_test
async def every_pair_of_end_states(block: Block) -> None:
    """Both pulses on all pairs of states near the ends and the refresh state, in every layer."""
    bench = Bench(block, PulseUpdate, QUIET)
    await bench.reset()
    last, full = bench.config.design.states - 1, bench.config.design.refresh_state
    ends = sorted({state for state in (0, 1, full - 1, full, full + 1, last - 1, last)
                   if 0 <= state <= last})
    lanes = bench.config.engine.lanes
    rows = [_row(bench, layer, np.full(lanes, plus), np.full(lanes, minus),
                 np.full(lanes, sign * delta_limit(bench.config, layer)))
            for layer in bench.config.design.layers for plus in ends for minus in ends
            for sign in (1, -1)]
    await _check(bench, rows)


@bench_test
async def resets(block: Block) -> None:
    """A reset forgets refreshes under way."""
    await check_reset(Bench(block, PulseUpdate, QUIET), ["refreshes"])


async def _check(bench: Bench, rows: Iterator[Row] | list[Row]) -> None:
    """Rows come after the latency, the count of their refreshes later; idle cycles refresh none."""
    latency = bench.component.latency
    counted = latency + bench.config.design.stages.count
    await check_pipeline(bench, rows, {"new_row": latency, "refreshes": counted},
                         quiet={"refreshes": 0})


def _random_rows(bench: Bench) -> Iterator[Row]:
    lanes, layers = bench.config.engine.lanes, bench.config.design.layers
    for _ in range(ROWS):
        plus, minus = states(bench, lanes), states(bench, lanes)
        if bench.chance(0.2):
            chosen = drawn(bench, plus, minus)
            yield {"row": chosen.pairs, "fires": 0, **with_devices(bench, chosen.devices)}, {
                "new_row": chosen.pairs}
        else:
            layer = layers[bench.random.integers(len(layers))]
            yield _row(bench, layer, plus, minus, deltas(bench, layer, lanes))


def _row(bench: Bench, layer: Layer, plus: np.ndarray, minus: np.ndarray,
         delta: np.ndarray) -> Row:
    """A row that fires, and the row that is written back."""
    trit = trits(delta, layer.delta_threshold)
    pulsed = np.flatnonzero(trit)
    chosen = drawn(bench, plus, minus)
    some = chosen.at(pulsed)
    after, counts = pulse_update(bench.config, some.synapses, trit[pulsed], some.steps)
    new_row = chosen.pairs
    for lane, pair in zip(pulsed.tolist(), pairs(after), strict=True):
        new_row[lane] = pair
    inputs = {"row": chosen.pairs,
              "trits": [{"up": int(one > 0), "down": int(one < 0)} for one in trit.tolist()],
              "fires": (1 << len(slices(bench.config))) - 1, **with_devices(bench, chosen.devices)}
    return inputs, {"new_row": new_row, "refreshes": counts["refreshes"]}
