"""Bench of the row parity: rows that it sees written and read, some with flipped bits."""

from collections import deque

from pulsetrain.formats import engine as formats
from pulsetrain.hdl.engine.parity import RowParity
from pulsetrain.spec.memories import SLICE_LANES

from .scaffold import Bench, Block, bench_test
from .synapse import updated, written_slices

QUIET = {"reads": 0, "write": 0, "clear": 0}
CYCLES, RESETS, ERRORS = 1500, 30, 20


@bench_test
async def errors_are_flips(block: Block) -> None:
    """A read and perhaps a write per cycle, of another row; some rows come with one flipped bit in
    a slice, or in all. A reset keeps the parities, and ends no write of a cycle before it."""
    bench = Bench(block, RowParity, QUIET)
    await bench.reset()
    config, form = bench.config, formats.row(bench.config)
    rows = [form.unpack(0)] * config.design.rows
    before, behind = config.design.stages.memory, bench.component.latency
    coming: deque[int] = deque([0] * before)
    wrong: deque[int | None] = deque([None] * behind)
    error, told = None, 0
    for cycle in range(CYCLES):
        if cycle % (CYCLES // RESETS) == 0:
            await bench.reset()
            coming, wrong = deque([0] * before), deque([None] * behind)
            error = None
        address, written = bench.random.integers(len(rows), size=2).tolist()
        reads, flips = bench.chance(0.7), 0
        if bench.chance(0.1):
            lane = int(bench.random.integers(config.engine.lanes))
            bits = config.design.pair_bits
            first = lane - lane % SLICE_LANES
            flips = 1 << lane * bits + int(bench.random.integers(bits))
            if bench.chance(0.3) and first:
                flips |= 1 << int(bench.random.integers(first * bits))
        clears = bench.chance(0.05)
        row, write = None, 0
        if written != address and bench.chance(0.5):
            row, write = bench.noise("write_row"), written_slices(bench)
        wrong.append(address if reads and flips else None)
        found = wrong.popleft()
        if found is not None and error is None:
            error, told = found, told + 1
        coming.append(form.pack(rows[address]) ^ flips)
        await bench.cycle(
            reads=int(reads), read_address=address, row=form.unpack(coming.popleft()), write=write,
            write_address=None if row is None else written, write_row=row, clear=int(clears))
        bench.expect("error", int(error is not None))
        bench.expect("error_row", error or 0)
        error = None if clears else error
        if row is not None:
            rows[written] = updated(rows[written], row, write)
    assert told > ERRORS
