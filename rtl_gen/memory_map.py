"""Memory map: which synapse is in which row and lane of synapse memory, and rows as integers.

Row i of group g of a layer is at `layer.base + g * (N + 1) + i`, the bias line last; unit
`g * lanes + lane` is in lane `lane`. A pair has s+ in its lower `state_bits`, s- above, and on top
its polarity where refreshes swap; lane 0 is in the row's lowest bits. Lanes past a layer's last
unit hold nothing that is ever used.

The sizes of the memories are in `spec.memories`.
"""

import numpy as np

from .golden import State
from .spec import Config
from .spec.memories import (
    SPRAM_BITS,
    SPRAM_ROWS,
    MemorySize,
    bank_grid,
    row_bits,
    slices,
    spram_grid,
)

__all__ = ["SPRAM_BITS", "SPRAM_ROWS", "MemorySize", "bank_grid", "memories", "pack_rows",
           "row_bits", "slices", "spram_grid", "unpack_rows"]


def memories(config: Config) -> list[MemorySize]:
    """All that an engine reads by an address, but for single-port RAMs and its lanes' tables."""
    return config.design.memories.all


def pack_rows(config: Config, state: State) -> list[int]:
    """All rows of synapse memory from the states of all layers, unused lanes 0."""
    lanes, bits = config.engine.lanes, config.design.pair_bits
    words = np.zeros((config.design.rows, lanes), np.int64)
    for place, layer in enumerate(config.design.layers):
        pairs = state.plus[place] | state.minus[place].astype(np.int64) << config.design.state_bits
        if state.polarity:
            pairs |= state.polarity[place].astype(np.int64) << 2 * config.design.state_bits
        for group in range(layer.groups):
            units = slice(group * lanes, min((group + 1) * lanes, layer.outputs))
            rows = slice(layer.base + group * layer.rows, layer.base + (group + 1) * layer.rows)
            words[rows, :units.stop - units.start] = pairs[:, units]
    expanded = (words[..., np.newaxis] >> np.arange(bits) & 1).astype(np.uint8)
    packed = np.packbits(expanded.reshape(config.design.rows, -1), axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in packed]


def unpack_rows(config: Config, rows: list[int], generator: int,
                counters: dict[str, int]) -> State:
    """The state whose synapses are in `rows`; the reverse of `pack_rows`."""
    lanes, bits = config.engine.lanes, config.design.pair_bits
    width = -(-row_bits(config) // 8)
    packed = np.frombuffer(b"".join(row.to_bytes(width, "little") for row in rows), np.uint8)
    expanded = np.unpackbits(packed.reshape(len(rows), width), axis=1, bitorder="little")
    expanded = expanded[:, :row_bits(config)].reshape(len(rows), lanes, bits)
    words = (expanded.astype(np.int64) << np.arange(bits)).sum(axis=-1)
    state = State(plus=[], minus=[], generator=generator, counters=counters)
    mask = (1 << config.design.state_bits) - 1
    for layer in config.design.layers:
        stored = words[layer.base:layer.base + layer.groups * layer.rows]
        grouped = stored.reshape(layer.groups, layer.rows, lanes).transpose(1, 0, 2)
        pairs = grouped.reshape(layer.rows, -1)[:, :layer.outputs]
        state.plus.append((pairs & mask).astype(np.int32))
        state.minus.append((pairs >> config.design.state_bits & mask).astype(np.int32))
        if config.update.refresh_swaps:
            state.polarity.append((pairs >> 2 * config.design.state_bits).astype(bool))
    return state
