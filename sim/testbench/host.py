"""Bench of the host port: a hostile host, a sequencer that grants at random, a memory of rows."""

from typing import Any

from pulsetrain.hdl.engine.host import HostPort
from pulsetrain.spec.memories import slices

from .scaffold import Bench, Block, bench_test, check_reset
from .streams import Sink, Source

QUIET = {"i__valid": 0, "o__ready": 0, "grant": 0}
REQUESTS = 500


@bench_test
async def requests_are_carried_out(block: Block) -> None:
    """Each is carried out once and in order, a cycle after its grant; a read gives its slice."""
    bench = Bench(block, HostPort, QUIET)
    await bench.reset()
    source = Source(bench, "i", (_request(bench) for _ in range(REQUESTS)))
    sink = Sink(bench, "o")
    latency = bench.component.latency
    answers: list[Any] = []
    missing = 0
    owed = reads = accesses = 0
    due: list[bool] = []
    rows: list[Any] = [None] * bench.config.design.stages.memory
    while source.left or owed:
        bench.drive(**source.drive(), **sink.drive(), memory_row=rows.pop(0))
        await bench.settle()
        request = bench.get("request")
        grant = int(bool(request) and bench.chance(0.7))
        bench.change("grant", grant)
        await bench.edge()
        bench.expect("request", request)
        bench.expect("accesses", accesses)
        taken, row = source.taken(), None
        assert (taken is not None) == bool(accesses), "a request is taken a cycle after its grant"
        number = taken.get("slice", 0) if taken else 0
        writes = taken is not None and taken["write"]
        exists = taken is not None and _exists(bench, taken["address"], number)
        if taken is not None:
            bench.expect("address", taken["address"])
            bench.expect("pairs", taken["pairs"])
        bench.expect("writes", 1 << number if writes and exists else 0)
        bench.expect("refused", int(taken is not None and not exists))
        missing += taken is not None and not exists
        is_read = taken is not None and not writes
        due.append(is_read)
        if len(due) > latency and due[-1 - latency]:
            bench.expect("o__valid", 1)
        answer = sink.taken()
        if answer is not None:
            assert answer == answers.pop(0)
            owed -= 1
        if is_read:
            row = bench.noise("memory_row")
            answers.append(_slice_of(bench, row, number, exists=exists))
            owed, reads = owed + 1, reads + 1
            assert owed == 1, "a read was taken while the answer of another had to wait"
        rows.append(row)
        accesses = grant
    assert reads, "nothing was read"
    last = (1 << bench.config.design.address_bits) - 1
    assert missing or _exists(bench, last, 0), "all rows exist"
    assert not source.left


@bench_test
async def resets(block: Block) -> None:
    """A reset forgets a slice that was read."""
    await check_reset(Bench(block, HostPort, QUIET),
                      ["o__valid", "request", "i__ready", "accesses", "writes"])


def _request(bench: Bench) -> dict[str, Any]:
    """A write or a read of any slice of any row, which may not exist."""
    return bench.noise("i__payload")


def _exists(bench: Bench, address: int, number: int) -> bool:
    """Whether there is slice `number` of the row at `address`."""
    return address < bench.config.design.rows and number < len(slices(bench.config))


def _slice_of(bench: Bench, row: list[Any], number: int, *, exists: bool) -> list[Any]:
    """Slice `number` of `row`, filled up with zeros; only zeros if there is none."""
    lanes = slices(bench.config)
    pairs = [row[lane] for lane in lanes[number]] if exists else []
    return pairs + [dict.fromkeys(row[0], 0)] * (len(lanes[0]) - len(pairs))
