"""Bench of the keyed order: whole epochs, and single positions of large ones."""

from pulsetrain.golden.order import ORDER_ROUNDS, half_bits, keyed_order, order_key
from pulsetrain.hdl.store.order import KeyedOrder
from pulsetrain.spec import Config

from .scaffold import Bench, Block, bench_test, check_reset
from .streams import Sink, Source

QUIET = {"i__valid": 0, "o__ready": 0}


def order(config: Config) -> KeyedOrder:
    """The component; it is the same for every configuration."""
    return KeyedOrder()


@bench_test
async def equals_the_model(block: Block) -> None:
    """Small counts whole, large ones at some positions; hostile streams on both sides."""
    bench = Bench(block, order, QUIET)
    await bench.reset()
    for count in (1, 5, 17):
        await _check(bench, count, list(range(count)))
    for count in (1437, 60_000):
        await _check(bench, count, [0, count - 1, *bench.random.integers(count, size=4).tolist()])


@bench_test
async def takes_the_declared_cycles(block: Block) -> None:
    """One permutation for each sample, because the count is a power of two."""
    bench = Bench(block, order, QUIET)
    await bench.reset()
    bench.keep(key=1, count=16, low_bits=2, longer=0)
    for position in range(4):
        await bench.cycle(i__valid=1, i__payload=position, o__ready=1)
        assert bench.get("i__ready")
        cycles = 1
        await bench.cycle(o__ready=1)
        while not bench.get("o__valid"):
            await bench.cycle(o__ready=1)
            cycles += 1
        assert cycles == 1 + 4 * ORDER_ROUNDS + 3


@bench_test
async def resets(block: Block) -> None:
    """A reset forgets the position in work."""
    await check_reset(Bench(block, order, QUIET), ["o__valid", "i__ready"])


async def _check(bench: Bench, count: int, positions: list[int]) -> None:
    key = order_key(int(bench.random.integers(1, 1 << 32)), int(bench.random.integers(100)))
    low_bits, high_bits = half_bits(count)
    bench.keep(key=key, count=count, low_bits=low_bits, longer=high_bits - low_bits)
    expected = keyed_order(key, count)
    source, sink = Source(bench, "i", positions), Sink(bench, "o")
    found = []
    while len(found) < len(positions):
        await bench.cycle(**source.drive(), **sink.drive())
        source.taken()
        index = sink.taken()
        if index is not None:
            found.append(index)
    assert found == expected[positions].tolist()
