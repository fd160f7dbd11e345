"""Bench of the generator: words and gated rows against `golden.generator`."""

from collections.abc import Iterator

import numpy as np

from pulsetrain.golden.generator import fires, row_word, step
from pulsetrain.hdl.engine.generator import Generator

from .scaffold import Bench, Block, Values, bench_test, check_pipeline, check_reset

QUIET = {"step": 0, "write": 0}
STEPS = 300
BATCHES = 16
GATES = (0, 1, 128, 255, 256)

Row = tuple[Values, Values]


@bench_test
async def words_equal_the_model(block: Block) -> None:
    """The seed, random steps, and writes, which override a step."""
    bench = Bench(block, Generator, QUIET)
    await bench.reset()
    word = bench.config.seed
    for _ in range(STEPS):
        steps, writes = bench.chance(0.6), bench.chance(0.1)
        written = int(bench.random.integers(1, 1 << 32))
        await bench.cycle(step=int(steps), write=int(writes),
                          write_word=written if writes else None)
        bench.expect("word", word)
        if writes:
            word = written
        elif steps:
            word = step(word)


@bench_test
async def rows_fire_as_in_the_model(block: Block) -> None:
    """Rows of all layers in random order, many words and gates."""
    bench = Bench(block, Generator, QUIET)
    await bench.reset()
    for batch in range(BATCHES):
        word = int(bench.random.integers(1, 1 << 32))
        gate = GATES[batch % len(GATES)] if batch % 2 else int(bench.random.integers(257))
        await bench.cycle(write=1, write_word=word)
        bench.keep(gate=gate)
        await check_pipeline(bench, _rows(bench, word, gate), {"fires": bench.component.latency})


@bench_test
async def resets(block: Block) -> None:
    """A reset restores the seed."""
    await check_reset(Bench(block, Generator, QUIET), ["word"])


def _rows(bench: Bench, word: int, gate: int) -> Iterator[Row]:
    """Every row of every layer once, in random order; some do not pulse."""
    rows = [(layer.number, row) for layer in bench.config.design.layers
            for row in range(layer.rows)]
    for number, row in bench.random.permutation(rows).tolist():
        fired = fires(word, gate, row_word(number, np.array([row])))
        pulses = int(bench.chance(0.8))
        yield {"layer": number - 1, "index": row, "pulses": pulses}, {
            "fires": int(pulses and fired[0])}
