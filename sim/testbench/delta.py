"""Bench of the delta memory: deltas, and the groups to visit, as the model counts them."""

from itertools import pairwise
from typing import Any

import numpy as np

from pulsetrain.golden.activation import groups_with
from pulsetrain.golden.pulse import trits
from pulsetrain.hdl.engine.delta import DeltaMemory
from pulsetrain.spec import Layer
from pulsetrain.spec.memories import slices

from .scaffold import Bench, Block, bench_test, check_reset
from .stimuli import deltas

QUIET = {"start": 0, "clear": 0, "write": 0, "sequencer__advance": 0}
SAMPLES = 40
COUNTERS = ("sequencer__some_groups", "sequencer__some_trits", "sequencer__groups",
            "sequencer__single", "trit_count", "sequencer__pulses")


@bench_test
async def samples_equal_the_model(block: Block) -> None:
    """Every layer cleared, written with random deltas, walked through and read at random."""
    bench = Bench(block, DeltaMemory, QUIET)
    await bench.reset()
    memory = _Memory(bench)
    for _ in range(SAMPLES):
        await memory.begin()
        for layer in reversed(bench.config.design.layers):
            await memory.write_layer(layer)
            await memory.walk(layer)


@bench_test
async def resets(block: Block) -> None:
    """A reset empties the lists."""
    await check_reset(Bench(block, DeltaMemory, QUIET), COUNTERS)


class _Memory:
    """The model: deltas by group, lists of groups, and the counters, None where unspecified."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        config = bench.config
        self._rows: list[list[int]] = [
            [0] * config.engine.lanes for _ in range(config.design.groups)]
        self._thresholds = [layer.delta_threshold for layer in config.design.layers
                            for _ in range(layer.groups)]
        self._counters: dict[str, int | None] = dict.fromkeys(COUNTERS, 0)
        self._listed: list[int] = []
        self._written = 0, 0
        self._walked: tuple[int, list[int]] = (0, [])
        self._read: tuple[list[int], int] | None = None
        self._visited: int | None = None
        self._due_deltas: dict[tuple[int, int], int] = {}
        self._due_counters: dict[str, int] = {}

    async def begin(self) -> None:
        """Start a sample; its groups are cleared as they are closed."""
        await self._step(start=1)
        self._walked = (0, [])
        self._written = 0, 0
        self._counters = {
            "sequencer__some_groups": 0, "sequencer__some_trits": 0, "sequencer__groups": None,
            "sequencer__single": None, "trit_count": None, "sequencer__pulses": None}
        groups, lanes = self._bench.config.design.groups, range(self._bench.config.engine.lanes)
        for group in range(groups + 1):
            await self._step(clear=int(group < groups), clear_group=group - 1 if group else None)
            if group < groups:
                self._due_deltas = {(group, lane): 0 for lane in lanes}

    async def write_layer(self, layer: Layer) -> None:
        """Some or all units in rising order, one at a time or neighbours at once; the counters
        are those of the model."""
        bench, lanes = self._bench, self._bench.config.engine.lanes
        delta = deltas(bench, layer, layer.outputs)
        if bench.chance(0.3):
            delta = np.where(bench.random.random(layer.outputs) < 0.8, 0, delta)
        written = bench.random.random(layer.outputs) < bench.random.choice([0.5, 1.0])
        delta = np.where(written, delta, 0)
        counted = np.zeros(layer.outputs, bool)
        neighbours = bench.config.design.output_units
        at_once = neighbours if bench.chance(0.5) else 1
        starts = [group + lane for group in range(0, layer.outputs, lanes)
                  for lane in range(0, min(lanes, layer.outputs - group), at_once)]
        for first, following in pairwise([*starts, layer.outputs]):
            units = range(first, following)
            chosen = [unit for unit in units if written[unit]]
            if not chosen:
                continue
            shown: list[int | None] = [None] * neighbours
            for unit in chosen:
                shown[unit % lanes % neighbours] = int(delta[unit])
            group, lane = divmod(chosen[0], lanes)
            await self._step(write=sum(1 << unit % lanes % neighbours for unit in chosen),
                             write_layer=layer.number - 1,
                             write_slot=group << bench.config.design.lane_bits | lane,
                             write_deltas=shown)
            self._due_deltas = {(layer.first_group + unit // lanes, unit % lanes): int(delta[unit])
                                for unit in chosen}
            seen = units[-1] + 1
            trit = trits(delta[:seen], layer.delta_threshold) != 0
            counted[:seen] = trit if layer.number == 1 else delta[:seen] != 0
            self._written = (int(np.count_nonzero(groups_with(counted, lanes))),
                             int(np.count_nonzero(trit)))
            self._due_counters = {"sequencer__some_groups": int(self._written[0] > 0),
                                  "sequencer__some_trits": int(self._written[1] > 0)}
        await self._step()
        self._listed = (layer.first_group + np.flatnonzero(groups_with(counted, lanes))).tolist()

    async def walk(self, layer: Layer) -> None:
        """Make the layer written last the one that is walked through, and read its list.

        Reading goes on while the layer below is written, as in the engine.
        """
        await self._step(sequencer__advance=1)
        self._walked = layer.number - 1, self._listed
        groups, pulsing = self._written
        self._written = 0, 0
        self._counters = {
            "sequencer__some_groups": 0, "sequencer__some_trits": 0, "sequencer__groups": groups,
            "sequencer__single": int(groups == 1), "trit_count": pulsing,
            "sequencer__pulses": int(pulsing > 0)}
        for _ in range(2 * layer.groups):
            await self._step()

    async def _step(self, **inputs: Any) -> None:
        """One cycle with random reads of the deltas and of the list that is walked through."""
        random = self._bench.random
        group = int(random.integers(self._bench.config.design.groups))
        layer, listed = self._walked
        visit = int(random.integers(len(listed))) if listed else None
        copies = len(slices(self._bench.config))
        await self._bench.cycle(read_groups=[group] * copies, sequencer__layer=layer,
                                sequencer__visit=visit, **inputs)
        self._expect_read()
        self._bench.expect("group", self._visited)
        self._read = list(self._rows[group]), self._thresholds[group]
        self._visited = None if visit is None else listed[visit]
        for name, wanted in self._counters.items():
            self._bench.expect(name, wanted)
        self._counters |= self._due_counters
        for (group, lane), delta in self._due_deltas.items():
            self._rows[group][lane] = delta
        self._due_counters, self._due_deltas = {}, {}

    def _expect_read(self) -> None:
        """The trits of the group that was read, and its deltas in the lanes that have any."""
        if self._read is None:
            return
        config = self._bench.config
        row, threshold = self._read
        self._bench.expect("trits", [
            {"up": int(trit > 0), "down": int(trit < 0)}
            for trit in trits(np.array(row), threshold).tolist()])
        if config.network.hidden:
            self._bench.expect("deltas", row[:config.design.backward_lanes])
