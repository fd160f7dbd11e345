"""Bench of the activation: finished groups are drained as `golden.activation.activate` says."""

from typing import Any

import numpy as np

from pulsetrain.golden.activation import activate
from pulsetrain.hdl.engine.activation import Activation
from pulsetrain.spec import Layer

from .scaffold import Bench, Block, Values, bench_test, check_reset
from .stimuli import group_sizes, pad, sums

QUIET = {"start": 0}
GROUPS = 200
SILENT = {"valid": 0, "complete": 0}


@bench_test
async def groups_equal_the_model(block: Block) -> None:
    """Random groups, the next one at once or later; sums are unknown once they are drained."""
    bench = Bench(block, Activation, QUIET)
    await bench.reset()
    await _Drains(bench).check(
        layer for layer in bench.random.choice(len(bench.config.design.layers) - 1, GROUPS))


@bench_test
async def resets(block: Block) -> None:
    """A reset ends a drain."""
    await check_reset(Bench(block, Activation, QUIET), ["free"])


class _Drains:
    """Groups one after the other, and the units expected from them by cycle."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._cycle = 0
        self._expected: dict[int, Values] = {}

    async def check(self, indices: Any) -> None:
        begun = False
        for number, index in enumerate(indices, 1):
            while not begun and self._bench.chance(0.3):
                await self._step(free=0)
            if not begun:
                await self._step(free=0, start=1)
            layer = self._bench.config.design.layers[index]
            group = int(self._bench.random.integers(layer.groups))
            size = group_sizes(self._bench.config, layer)[group]
            begun = number < GROUPS and self._bench.chance(0.5)
            await self._drain(layer, group, sums(self._bench, layer, size), begins=begun)
        for _ in range(self._bench.component.latency + 1):
            await self._step(free=0)
        assert not self._expected

    async def _drain(self, layer: Layer, group: int, z: np.ndarray, *, begins: bool) -> None:
        """One group from its first cycle to that of `free`, in which the next one `begins` or not;
        unused lanes are unknown."""
        lanes = self._bench.config.engine.lanes
        y = activate(z, layer, self._bench.config.numbers.full)
        active = np.flatnonzero(y).tolist()
        is_last = group == layer.groups - 1
        first_out = self._cycle + self._bench.component.latency
        for cycle, lane in enumerate(active):
            self._expected[first_out + cycle] = {
                "valid": 1, "layer": layer.number - 1, "index": group * lanes + lane,
                "z": int(z[lane]), "y": int(y[lane]), "complete": 0}
        taking = max(1, len(active))
        if is_last:
            end = first_out + taking - 1
            self._expected[end] = {**self._expected.get(end, SILENT), "complete": 1}
        kept = {"layer": layer.number - 1, "first_unit": group * lanes, "is_last": int(is_last),
                "z": pad(z, lanes, None)}
        await self._step(free=0, **kept)
        await self._step(free=0, **kept)
        for cycle in range(taking):
            frees = int(cycle == taking - 1)
            await self._step(free=frees, start=int(frees and begins), **kept)

    async def _step(self, *, free: int, **inputs: Any) -> None:
        await self._bench.cycle(**inputs)
        self._bench.expect("free", free)
        self._bench.expect("unit", self._expected.pop(self._cycle, SILENT))
        self._cycle += 1
