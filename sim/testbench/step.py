"""Bench of the step: one pulse on a pair against `golden.pulse.pulse`."""

from collections.abc import Iterator

import numpy as np

from pulsetrain.golden.pulse import pulse
from pulsetrain.hdl.engine.step import PairStep

from .scaffold import Bench, Block, Values, bench_test, check_pipeline
from .stimuli import drawn, pairs, states, with_devices

PAIRS = 2000


@bench_test
async def pairs_equal_the_model(block: Block) -> None:
    """Random pairs with the ends among them; pulses of both signs, and none."""
    bench = Bench(block, PairStep)
    await bench.reset()
    await check_pipeline(bench, _rows(bench), {"moved": bench.component.latency})


def _rows(bench: Bench) -> Iterator[tuple[Values, Values]]:
    chosen = drawn(bench, states(bench, PAIRS), states(bench, PAIRS))
    trits = bench.random.integers(-1, 2, PAIRS)
    moved = pairs(pulse(bench.config.design.method, chosen.synapses, np.where(trits, trits, 1),
                        chosen.steps))
    for pair, devices, trit, after in zip(chosen.pairs, chosen.devices, trits.tolist(), moved,
                                          strict=True):
        yield {"pair": pair, "up": int(trit > 0), "down": int(trit < 0),
               **with_devices(bench, devices)}, {"moved": after if trit else pair}
