"""Bench of the host port: a hostile host, a sequencer that grants at random, a memory."""

from typing import Any

from pulsetrain.hdl.engine.host import HostPort

from .scaffold import Bench, Block, bench_test, check_reset
from .streams import Sink, Source

QUIET = {"i__valid": 0, "o__ready": 0, "grant": 0}
REQUESTS = 500


@bench_test
async def requests_are_carried_out(block: Block) -> None:
    """Writes reach the memory in order, and every read gives its row in order."""
    bench = Bench(block, HostPort, QUIET)
    await bench.reset()
    source = Source(bench, "i", (_request(bench) for _ in range(REQUESTS)))
    sink = Sink(bench, "o")
    memory: dict[int, Any] = {}
    answers: list[Any] = []
    owed = reads = 0
    due: list[bool] = []
    rows: list[Any] = [None] * bench.config.design.stages.memory
    held = None
    while source.left or held is not None or owed:
        bench.drive(**source.drive(), **sink.drive(), memory_row=rows.pop(0))
        await bench.settle()
        request = bench.get("request")
        grant = int(bool(request) and bench.chance(0.7))
        bench.change("grant", grant)
        await bench.edge()
        bench.expect("request", int(held is not None and bool(held["write"] or not owed)))
        bench.expect("i__ready", int(held is None))
        carried_out, row = held if grant else None, None
        if grant:
            bench.expect("held", held)
            held = None
        taken = source.taken()
        if taken is not None:
            held = taken
        is_read = carried_out is not None and not carried_out["write"]
        due.append(is_read)
        if len(due) > bench.component.latency and due[-1 - bench.component.latency]:
            bench.expect("o__valid", 1)
        answer = sink.taken()
        if answer is not None:
            assert answer == answers.pop(0)
            owed -= 1
        if is_read:
            row = memory.get(carried_out["address"], bench.noise("memory_row"))
            answers.append(row)
            owed, reads = owed + 1, reads + 1
        elif carried_out is not None:
            memory[carried_out["address"]] = carried_out["row"]
        rows.append(row)
    assert reads, "nothing was read"
    assert not source.left


@bench_test
async def resets(block: Block) -> None:
    """A reset forgets a row that was read."""
    await check_reset(Bench(block, HostPort, QUIET), ["o__valid", "request"])


def _request(bench: Bench) -> dict[str, Any]:
    """A write, or a read, whose row is unknown; few addresses, so that rows are read again."""
    address = int(bench.random.integers(min(8, bench.config.design.rows)))
    if bench.chance(0.5):
        return {"write": 1, "address": address, "row": bench.noise("memory_row")}
    return {"write": 0, "address": address, "row": None}
