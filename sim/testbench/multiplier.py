"""Bench of the multiplier: products two cycles later."""

from amaranth.hdl import Shape

from pulsetrain.hdl.library.multiplier import Multiplier
from pulsetrain.spec import Config

from .scaffold import Bench, Block, bench_test, check_pipeline

BITS, OPERAND_BITS = 5, 4


def multiplier(config: Config) -> Multiplier:
    """Of an operand that is signed in networks with hidden layers, as in lanes with deltas."""
    operand = Shape(OPERAND_BITS, signed=bool(config.network.hidden))
    return Multiplier(Shape(BITS, signed=True), operand, Shape(BITS + OPERAND_BITS, signed=True))


@bench_test
async def products_come_two_cycles_later(block: Block) -> None:
    """All pairs of factors, in random order."""
    bench = Bench(block, multiplier)
    await bench.reset()
    low = -(1 << OPERAND_BITS - 1) if bench.config.network.hidden else 0
    pairs = [(weight, operand) for weight in range(-(1 << BITS - 1), 1 << BITS - 1)
             for operand in range(low, low + (1 << OPERAND_BITS))]
    bench.random.shuffle(pairs)
    await check_pipeline(bench, [
        ({"weight": weight, "operand": operand}, {"result": weight * operand})
        for weight, operand in pairs], {"result": Multiplier.latency})
