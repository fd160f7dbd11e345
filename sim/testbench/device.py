"""Bench of the devices of a row, against `golden.device`."""

from collections.abc import Iterator

import numpy as np

from pulsetrain.golden import initial_state
from pulsetrain.golden.generator import PROGRAMMING_MARK, byte_sum, device_word, mix, row_word
from pulsetrain.golden.synapse import LayerSynapses
from pulsetrain.hdl.engine.device import RowDevices, pair_devices_layout

from .scaffold import Bench, Block, Values, bench_test, check_pipeline
from .stimuli import Drawn

WORDS = 4


@bench_test
async def devices_equal_the_model(block: Block) -> None:
    """Every row of every group once for each of some generator words, in random order."""
    bench = Bench(block, RowDevices)
    await bench.reset()
    for _ in range(WORDS):
        word = int(bench.random.integers(1, 1 << 32))
        bench.keep(word=word, polarity=0)
        await check_pipeline(bench, _rows(bench, word), {"devices": bench.component.latency})


@bench_test
async def polarity_exchanges_the_devices(block: Block) -> None:
    """With the other polarity, plus and minus exchange their devices."""
    bench = Bench(block, RowDevices)
    await bench.reset()
    lanes = bench.config.engine.lanes
    bench.keep(word=1, layer=0, group=0, index=1, polarity=0)
    for _ in range(bench.component.latency + 1):
        await bench.cycle()
    straight = bench.get("devices")
    swapped = int(bench.random.integers(1 << min(lanes, 62)))
    await bench.cycle(polarity=swapped)
    bench.expect("devices", [
        {**pair, "plus": pair["minus"], "minus": pair["plus"]} if swapped >> lane & 1 else pair
        for lane, pair in enumerate(straight)])


def _rows(bench: Bench, word: int) -> Iterator[tuple[Values, Values]]:
    config = bench.config
    state, lanes = initial_state(config), config.engine.lanes
    rows = [(layer, synapses, group, row) for layer in config.design.layers
            for synapses in [LayerSynapses(config, layer, state)]
            for group in range(layer.groups) for row in range(layer.rows)]
    for number in bench.random.permutation(len(rows)).tolist():
        layer, synapses, group, row = rows[number]
        columns = np.arange(group * lanes, min((group + 1) * lanes, layer.outputs))
        chosen = np.ix_([row], columns)
        steps = synapses.steps(word, np.array([row]), columns, None)
        line = row_word(layer.number, np.array([[row]])) ^ word
        sums = {name: byte_sum(mix(line ^ device_word(columns, device) ^ mark))
                for name, device, mark in (("plus", 0, 0), ("minus", 1, 0),
                                           ("error", 0, PROGRAMMING_MARK))}
        flat = Drawn(synapses=synapses.all.at(chosen), steps=steps, sums=sums).at(0)
        layout = pair_devices_layout(config)
        shown = [{role: {name: value for name, value in pair[role].items()
                         if name in layout["plus"].shape.members} for role in ("plus", "minus")}
                 | ({"error": pair["error"]} if "error" in layout.members else {})
                 for pair in flat.devices]
        yield {"layer": layer.number - 1, "group": layer.first_group + group, "index": row}, {
            "devices": [*shown, *[None] * (lanes - len(columns))]}
