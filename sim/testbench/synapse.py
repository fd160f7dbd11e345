"""Bench of the synapse memory: random reads and writes of slices against an array of rows."""

from typing import Any

from pulsetrain.hdl.engine.synapse import SynapseMemory
from pulsetrain.spec.memories import SLICE_LANES, slices

from .scaffold import Bench, Block, bench_test

QUIET = {"write": 0}
CYCLES = 1500


@bench_test
async def rows_equal_the_array(block: Block) -> None:
    """A read and perhaps a write per cycle, often at one address; a reset keeps the contents."""
    bench = Bench(block, SynapseMemory, QUIET)
    await bench.reset()
    silent = {"plus": 0, "minus": 0}
    rows: list[Any] = [
        [silent] * bench.config.engine.lanes for _ in range(bench.config.design.rows)]
    latency = bench.component.latency
    read: list[Any] = [None] * latency
    for address in range(bench.config.design.rows):
        await bench.cycle(read_address=address)
        bench.expect("row", read.pop(0))
        read.append(rows[address])
    for cycle in range(CYCLES):
        if cycle == CYCLES // 2:
            await bench.cycle()
            await bench.reset()
            read = [None] * latency
        address, written = bench.random.integers(len(rows), size=2).tolist()
        row = None
        if bench.chance(0.6):
            row = bench.noise("write_row")
            written = address if bench.chance(0.5) else written
        write = written_slices(bench) if row is not None else 0
        await bench.cycle(read_address=address, write=write, write_row=row,
                          write_address=None if row is None else written)
        bench.expect("row", read.pop(0))
        read.append(rows[address])
        if row is not None:
            rows[written] = updated(rows[written], row, write)


def written_slices(bench: Bench) -> int:
    """A bit for each slice of a row; at least one of them is 1, and often all."""
    count = len(slices(bench.config))
    return (1 << count) - 1 if bench.chance(0.5) else 1 << int(bench.random.integers(count))


def updated(old: list[Any], new: list[Any], write: int) -> list[Any]:
    """A row after its slices `write` were written."""
    return [new[lane] if write >> lane // SLICE_LANES & 1 else old[lane]
            for lane in range(len(new))]
