"""Bench of the single-port synapse memory: a read or write per cycle against an array of rows."""

from collections import deque
from typing import Any

from pulsetrain.hdl.engine.spram import SpramMemory
from pulsetrain.spec.memories import SPRAM_ROWS

from .scaffold import Bench, Block, bench_test
from .synapse import updated, written_slices

QUIET = {"write": 0}
CYCLES, ADDRESSES = 2000, 40


@bench_test
async def rows_equal_what_was_written(block: Block) -> None:
    """Rows are known once they are written, including those at the ends of cells; a reset does not
    change them."""
    bench = Bench(block, SpramMemory, QUIET)
    await bench.reset()
    last = bench.config.design.rows - 1
    ends = {end for cell in range(0, last + 1, SPRAM_ROWS) for end in (cell, cell + 1, cell - 1)}
    some = bench.random.integers(last + 1, size=ADDRESSES).tolist()
    addresses = sorted({*(end for end in ends if 0 <= end <= last), *some, last})
    rows: dict[int, Any] = {}
    coming: deque[Any] = deque([None] * bench.component.latency)
    for cycle in range(CYCLES):
        if cycle == CYCLES // 2:
            await bench.reset()
            coming = deque([None] * bench.component.latency)
        address = int(bench.random.choice(addresses))
        writes = bench.chance(0.4)
        row = bench.noise("write_row") if writes else None
        write = written_slices(bench) if writes else 0
        await bench.cycle(
            write=write, read_address=None if writes else address,
            write_address=address if writes else None, write_row=row)
        coming.append(None if writes else rows.get(address))
        bench.expect("row", coming.popleft())
        if writes:
            unknown = [{"plus": None, "minus": None}] * bench.config.engine.lanes
            rows[address] = updated(rows.get(address, unknown), row, write)
    assert len(rows) == len(addresses)
