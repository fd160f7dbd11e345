"""Memory map: the row and lane of each synapse in synapse memory, and rows packed as integers.

A host reads and writes a row in slices of at most `SLICE_LANES` lanes.

Row i of group g of a layer is at `layer.base + g * (N + 1) + i`, the bias line last; unit
`g * lanes + lane` is in lane `lane`. `formats.engine.row` declares the layout of a row. Lanes
past a layer's last unit are never used. The sizes of the memories are in `spec.memories`.
"""

import numpy as np

from .formats import engine as formats
from .golden import State
from .spec import Config
from .spec.memories import SLICE_LANES, slices


def pack_rows(config: Config, state: State) -> list[int]:
    """All rows of synapse memory from the states of all layers, unused lanes 0."""
    lanes, row = config.engine.lanes, formats.row(config)
    stored = {"plus": state.plus, "minus": state.minus, "polarity": state.polarity}
    values = {}
    for field in formats.pair(config).fields:
        values[field.name] = array = np.zeros((config.design.rows, lanes), np.int64)
        for layer, states in zip(config.design.layers, stored[field.name], strict=True):
            for group in range(layer.groups):
                units = slice(group * lanes, min((group + 1) * lanes, layer.outputs))
                rows = slice(layer.base + group * layer.rows,
                             layer.base + (group + 1) * layer.rows)
                array[rows, :units.stop - units.start] = states[:, units]
    return [int.from_bytes(packed.tobytes(), "little") for packed in row.pack_all(values)]


def unpack_rows(config: Config, rows: list[int], generator: int,
                counters: dict[str, int]) -> State:
    """The state whose synapses are in `rows`; the reverse of `pack_rows`."""
    lanes, row = config.engine.lanes, formats.row(config)
    packed = np.frombuffer(b"".join(word.to_bytes(row.size, "little") for word in rows), np.uint8)
    values = row.unpack_all(packed.reshape(len(rows), row.size))
    state = State(plus=[], minus=[], generator=generator, counters=counters)
    for layer in config.design.layers:
        used = slice(layer.base, layer.base + layer.groups * layer.rows)
        pairs = {name: array[used].reshape(layer.groups, layer.rows, lanes).transpose(1, 0, 2)
                 .reshape(layer.rows, -1)[:, :layer.outputs] for name, array in values.items()}
        state.plus.append(pairs["plus"].astype(np.int32))
        state.minus.append(pairs["minus"].astype(np.int32))
        if "polarity" in pairs:
            state.polarity.append(pairs["polarity"].astype(bool))
    return state


def to_slices(config: Config, row: int) -> list[int]:
    """A packed row as its packed slices, that of lane 0 first."""
    bits = SLICE_LANES * formats.pair(config).bits
    return [row >> number * bits & (1 << bits) - 1 for number in range(len(slices(config)))]


def from_slices(config: Config, packed: list[int]) -> list[int]:
    """Packed rows from the slices of all of them, in order; the reverse of `to_slices`."""
    bits, numbers = SLICE_LANES * formats.pair(config).bits, len(slices(config))
    return [sum(part << number * bits
                for number, part in enumerate(packed[start:start + numbers]))
            for start in range(0, len(packed), numbers)]
