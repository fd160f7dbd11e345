"""Bench of the hidden events: the lists hold the units that were drained, in their order."""

from typing import Any

from pulsetrain.hdl.engine.events import HiddenEvents
from pulsetrain.spec import Layer

from .scaffold import Bench, Block, bench_test, check_reset
from .stimuli import group_sizes

SILENT = {"valid": 0, "complete": 0, "layer": 0, "index": None, "z": None, "y": None}
QUIET = {"start": 0, "unit": SILENT, "sequencer__layer": 0}
SAMPLES = 40


@bench_test
async def lists_equal_what_was_drained(block: Block) -> None:
    """Random samples, from no unit to all, read at random while they are drained."""
    bench = Bench(block, HiddenEvents, QUIET)
    await bench.reset()
    lists = _Lists(bench)
    for _ in range(SAMPLES):
        await lists.start()
        share = bench.random.choice([0.0, 0.5, 1.0])
        for layer in bench.config.design.layers[:-1]:
            await _drain(bench, lists, layer, share)


@bench_test
async def resets(block: Block) -> None:
    """A reset empties the lists."""
    last = {"sequencer__layer": 1}
    await check_reset(Bench(block, HiddenEvents, QUIET | last),
                      ["sequencer__count", "sequencer__complete"])


async def _drain(bench: Bench, lists: "_Lists", layer: Layer, share: float) -> None:
    """The groups of one layer, each a burst of units as `Activation` sends them."""
    for group, size in enumerate(group_sizes(bench.config, layer)):
        first = group * bench.config.engine.lanes
        units = [first + lane for lane in range(size) if bench.chance(share)]
        is_last = group == layer.groups - 1
        while bench.chance(0.4):
            await lists.step()
        for index in units:
            noise = bench.noise("unit")
            await lists.step({"valid": 1, "layer": layer.number - 1, "index": index,
                              "z": noise["z"], "y": max(1, noise["y"]),
                              "complete": int(is_last and index == units[-1])})
        if is_last and not units:
            await lists.step({**SILENT, "layer": layer.number - 1, "complete": 1})


class _Lists:
    """The model: a list for each layer past the first, and whether it is complete."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._events: dict[int, list[dict[str, int]]] = {}
        self._complete: dict[int, int] = {}
        self._read: dict[str, int] | None = None

    async def start(self) -> None:
        """A new sample begins."""
        await self._bench.cycle(start=1)
        self._bench.expect("event", self._read)
        self._read = None
        layers = range(1, len(self._bench.config.design.layers))
        self._events = {layer: [] for layer in layers}
        self._complete = dict.fromkeys(layers, 0)

    async def step(self, unit: dict[str, Any] = SILENT) -> None:
        """One cycle with this unit and a random read, and the answer to the read before it."""
        bench = self._bench
        layer = int(bench.random.choice(list(self._events)))
        listed = self._events[layer]
        position = int(bench.random.integers(len(listed))) if listed else None
        await bench.cycle(unit=unit, sequencer__layer=layer, sequencer__position=position)
        bench.expect("sequencer__count", len(listed))
        bench.expect("sequencer__some", int(bool(listed)))
        bench.expect("sequencer__grows", int(unit["valid"] and unit["layer"] + 1 == layer))
        bench.expect("sequencer__complete", self._complete[layer])
        if layer + 1 in self._events:
            bench.expect("sequencer__some_above",
                         int(bool(self._events[layer + 1])
                             or (unit["valid"] and unit["layer"] == layer)))
        bench.expect("event", self._read)
        self._read = None if position is None else listed[position]
        if unit["valid"]:
            self._events[unit["layer"] + 1].append({"index": unit["index"], "value": unit["y"]})
        if unit["complete"]:
            self._complete[unit["layer"] + 1] = 1
