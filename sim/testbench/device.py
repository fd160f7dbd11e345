"""Bench of the devices of a row, against `golden.device`."""

from collections.abc import Iterator

import numpy as np

from pulsetrain.golden import initial_state
from pulsetrain.golden.synapse import LayerSynapses
from pulsetrain.hdl.engine.device import RowDevices

from .scaffold import Bench, Block, Values, bench_test, check_pipeline
from .stimuli import Drawn

WORDS = 12


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
        {"plus": pair["minus"], "minus": pair["plus"]} if swapped >> lane & 1 else pair
        for lane, pair in enumerate(straight)])


def _rows(bench: Bench, word: int) -> Iterator[tuple[Values, Values]]:
    config = bench.config
    state, lanes = initial_state(config), config.engine.lanes
    rows = [(layer, group, row) for layer in config.design.layers for group in range(layer.groups)
              for row in range(layer.rows)]
    for number in bench.random.permutation(len(rows)).tolist():
        layer, group, row = rows[number]
        synapses = LayerSynapses(config, layer, state)
        columns = np.arange(group * lanes, min((group + 1) * lanes, layer.outputs))
        chosen = np.ix_([row], columns)
        steps = synapses.steps(word, np.array([row]), columns, None)
        flat = Drawn(synapses=synapses.all.at(chosen), steps=steps).at(0)
        shown = [{role: {name: value for name, value in pair[role].items()
                         if name in bench.component.devices[0].plus.shape().members}
                  for role in pair} for pair in flat.devices]
        yield {"layer": layer.number - 1, "group": layer.first_group + group, "index": row}, {
            "devices": [*shown, *[None] * (lanes - len(columns))]}
