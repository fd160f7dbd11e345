"""Bench of the output error: whole samples against `golden.output`."""

from typing import Any

import numpy as np

from pulsetrain.golden.activation import activate
from pulsetrain.golden.output import classify, output_delta
from pulsetrain.hdl.engine.output import OutputError

from .scaffold import Bench, Block, bench_test, check_reset
from .stimuli import group_sizes, pad, sums

QUIET = {"clear": 0, "start": 0}
SAMPLES = 150


@bench_test
async def samples_equal_the_model(block: Block) -> None:
    """Random outputs with ties, labels of every class."""
    bench = Bench(block, OutputError, QUIET)
    await bench.reset()
    layer = bench.config.design.layers[-1]
    for _ in range(SAMPLES):
        label = int(bench.random.integers(layer.outputs))
        await _Sample(bench, sums(bench, layer, layer.outputs), label).check()


@bench_test
async def targets_already_reached(block: Block) -> None:
    """The label saturated and the others silent: no delta at all; and the reverse."""
    bench = Bench(block, OutputError, QUIET)
    await bench.reset()
    layer = bench.config.design.layers[-1]
    largest = layer.rows * bench.config.numbers.full * bench.config.design.weight_limit
    for label in range(layer.outputs):
        for sign in (1, -1):
            z = np.full(layer.outputs, -sign * largest)
            z[label] = sign * largest
            await _Sample(bench, z, label).check()


@bench_test
async def resets(block: Block) -> None:
    """A reset forgets that a sample was done, and what was on its way."""
    bench = Bench(block, OutputError, QUIET)
    bench.keep(is_last=1, first_unit=0)
    await check_reset(bench, ["done", "free"])


class _Sample:
    """One sample: `clear`, then group after group, the next one at once or later."""

    def __init__(self, bench: Bench, z: np.ndarray, label: int) -> None:
        layer, numbers = bench.config.design.layers[-1], bench.config.numbers
        self._bench = bench
        self._layer, self._z, self._label = layer, z, label
        y = activate(z, layer, numbers.full)
        self._delta = output_delta(y, label, numbers.full, numbers.margin)
        self._cycle = 0
        self._expected: dict[int, Any] = {}
        self._done_at: int | None = None

    async def check(self) -> None:
        bench, lanes, units = self._bench, self._bench.config.engine.lanes, self._units
        await bench.cycle(clear=1)
        sizes = group_sizes(bench.config, self._layer)
        for group, size in enumerate(sizes):
            chunks = -(-size // units)
            first_out = self._cycle + bench.component.latency
            for chunk in range(chunks):
                first = group * lanes + chunk * units
                count = min(units, size - chunk * units)
                self._expected[first_out + chunk] = {
                    "valid": (1 << count) - 1, "first": first,
                    "z": self._shown(self._z, first, count),
                    "delta": self._shown(self._delta, first, count)}
            if group == len(sizes) - 1:
                self._done_at = first_out + chunks + 1
            kept = {"first_unit": group * lanes, "is_last": int(group == len(sizes) - 1),
                    "z": pad(self._z[group * lanes:group * lanes + size], lanes, 0)}
            await self._step(free=0, start=1, **kept)
            for chunk in range(chunks + 1):
                await self._step(free=int(chunk == chunks), **kept)
            while bench.chance(0.2):
                await self._step(free=0)
        while self._cycle < self._done_at + 3:
            await self._step(free=0)
        assert not self._expected

    @property
    def _units(self) -> int:
        return self._bench.config.design.output_units

    def _shown(self, values: np.ndarray, first: int, count: int) -> list[int | None]:
        return [*values[first:first + count].tolist(), *[None] * (self._units - count)]

    async def _step(self, *, free: int, **inputs: Any) -> None:
        await self._bench.cycle(label=self._label, **inputs)
        self._bench.expect("free", free)
        self._bench.expect("chunk", self._expected.pop(self._cycle, {"valid": 0}))
        done = self._done_at is not None and self._cycle >= self._done_at
        self._bench.expect("done", int(done))
        if done and self._cycle > self._done_at:
            self._bench.expect("prediction", int(classify(self._z)))
        self._cycle += 1
