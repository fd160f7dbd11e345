"""Bench of the refresh: pairs of states against `golden.refresh.refresh`."""

from typing import Any

import cocotb
import numpy as np

from rtl_gen.device import device_tables
from rtl_gen.golden.refresh import refresh
from rtl_gen.hdl.refresh import Refresh

from .scaffold import TIMEOUT, Bench
from .stimuli import states

EXHAUSTIVE_LEVELS = 32
PAIRS = 2000


@cocotb.test(**TIMEOUT)
async def pairs_equal_the_model(dut: Any) -> None:
    """All pairs of states, or random ones with the ends where there are too many."""
    bench = Bench(dut, Refresh)
    levels = bench.config.device.levels
    plus, minus = (states(bench, PAIRS) for _ in range(2))
    if levels <= EXHAUSTIVE_LEVELS:
        plus, minus = (grid.ravel() for grid in np.meshgrid(np.arange(levels), np.arange(levels)))
    tables, refreshed_pairs = device_tables(bench.config), 0
    for pair in np.stack([plus, minus], axis=1):
        new_plus, new_minus, due = refresh(
            tables, bench.config.refresh_state, pair[:1], pair[1:])
        await bench.cycle(pair={"plus": int(pair[0]), "minus": int(pair[1])})
        bench.expect("due", due)
        if due:
            bench.expect("refreshed", {"plus": int(new_plus[0]), "minus": int(new_minus[0])})
            refreshed_pairs += 1
    assert refreshed_pairs, "no pair was refreshed"
