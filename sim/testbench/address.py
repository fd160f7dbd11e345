"""Bench of the row address: every synapse row has an address of its own, in memory-map order."""

from collections.abc import Iterator
from typing import Any

import cocotb

from pulsetrain.hdl.engine.address import RowAddress

from .scaffold import TIMEOUT, Bench, Values, check_pipeline


@cocotb.test(**TIMEOUT)
async def addresses_equal_the_memory_map(dut: Any) -> None:
    """All rows of all groups, in random order."""
    bench = Bench(dut, RowAddress)
    await bench.reset()
    await check_pipeline(bench, _rows(bench), {"address": bench.component.latency})


def _rows(bench: Bench) -> Iterator[tuple[Values, Values]]:
    """Layers, their groups and the rows of these lie in memory without a gap."""
    groups = [(layer.first_group + group, row) for layer in bench.config.design.layers
              for group in range(layer.groups) for row in range(layer.rows)]
    for address in bench.random.permutation(len(groups)).tolist():
        group, row = groups[address]
        yield {"group": group, "index": row}, {"address": address}
