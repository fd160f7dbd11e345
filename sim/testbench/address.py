"""Bench of the row address: every synapse row has its own address, in memory-map order."""

from collections.abc import Iterator

from pulsetrain.hdl.engine.address import RowAddress

from .scaffold import Bench, Block, Values, bench_test, check_pipeline


@bench_test
async def addresses_equal_the_memory_map(block: Block) -> None:
    """All rows of all groups, in random order."""
    bench = Bench(block, RowAddress)
    await bench.reset()
    await check_pipeline(bench, _rows(bench), {"address": bench.component.latency})


def _rows(bench: Bench) -> Iterator[tuple[Values, Values]]:
    """Layers, their groups and the rows of the groups follow each other in memory without a gap."""
    groups = [(layer.first_group + group, row) for layer in bench.config.design.layers
              for group in range(layer.groups) for row in range(layer.rows)]
    for address in bench.random.permutation(len(groups)).tolist():
        group, row = groups[address]
        yield {"group": group, "index": row}, {"address": address}
