"""Bench of the copy: the output is the input of the previous cycle."""

from pulsetrain.hdl.library.copy import Copy
from pulsetrain.spec import Config

from .scaffold import Bench, Block, bench_test, check_pipeline, check_reset

BITS, WORDS = 5, 100


def copy_control(config: Config) -> Copy:
    """A copy that a reset clears."""
    return Copy(BITS, control=True)


@bench_test
async def words_come_a_cycle_later(block: Block) -> None:
    """Random words."""
    bench = Bench(block, copy_control)
    await bench.reset()
    words = bench.random.integers(1 << BITS, size=WORDS).tolist()
    await check_pipeline(bench, [({"i": word}, {"o": word}) for word in words],
                         {"o": Copy.latency})


@bench_test
async def resets(block: Block) -> None:
    """A reset clears the copy."""
    await check_reset(Bench(block, copy_control, {"i": 0}), ["o"])
