"""Memory map: the memories of an engine, which synapse lies in which row and lane, and rows as
integers.

Row i of group g of a layer lies at `layer.base + g * (N + 1) + i`, the bias line last; unit
`g * lanes + lane` is in lane `lane`. `formats.engine.row` says how the pairs lie in a row. Lanes
past a layer's last unit hold nothing that is ever used.
"""

from dataclasses import dataclass

import numpy as np

from .formats import engine as formats
from .golden import State
from .spec import Config

SPRAM_BITS, SPRAM_ROWS = 16, 1 << 14
"""Width and depth of one `SB_SPRAM256KA`."""

BANK_SYNAPSES = 1 << 14
"""Synapses of one bank of block RAM, all of the same few lanes."""

SLICE_LANES = 16
"""Neighbouring lanes that one register, or one memory, can reach in time."""


@dataclass(frozen=True, kw_only=True)
class MemorySize:
    """A memory of `depth` words of `bits` bits, which are `written`, or a table."""

    depth: int
    bits: int
    written: bool = True


def row_bits(config: Config) -> int:
    """Bits of one row of synapse memory."""
    return formats.row(config).bits


def spram_grid(config: Config) -> tuple[int, int]:
    """(columns, banks) of single-port RAMs that hold all rows: side by side, and one on another."""
    return -(-row_bits(config) // SPRAM_BITS), -(-config.design.rows // SPRAM_ROWS)


def bank_grid(config: Config) -> tuple[list[int], list[range]]:
    """Banks of block RAM that hold all rows: the rows of each, and the lanes that lie together.

    A deeper bank has fewer lanes, as each of its block RAMs is narrower: so none is cut in two.
    """
    depth, lanes = config.engine.bank_rows, config.engine.lanes
    beside = BANK_SYNAPSES // depth
    rows = config.design.rows
    return ([min(depth, rows - start) for start in range(0, rows, depth)],
            [range(first, min(first + beside, lanes)) for first in range(0, lanes, beside)])


def synapse_banks(config: Config) -> list[MemorySize]:
    """The banks of block RAM of `bank_grid`; none where the rows lie in single-port RAMs."""
    if config.engine.single_port:
        return []
    depths, places = bank_grid(config)
    return [MemorySize(depth=depth, bits=len(lanes) * config.design.pair_bits)
            for depth in depths for lanes in places]


def slices(config: Config) -> list[range]:
    """The lanes in groups of neighbours."""
    lanes = config.engine.lanes
    return [range(first, min(first + SLICE_LANES, lanes))
            for first in range(0, lanes, SLICE_LANES)]


def event_bits(config: Config) -> int:
    """Bits of one event: an input line of any layer, and its activation."""
    return config.design.index_bits + config.numbers.activation_bits


def input_events(config: Config) -> MemorySize:
    """The events of two samples, each in a bank whose place is chosen by an address bit."""
    return MemorySize(depth=2 << formats.input_bits(config), bits=event_bits(config))


def hidden_events(config: Config) -> MemorySize:
    """The events of all hidden layers, one list behind the other."""
    return MemorySize(depth=sum(config.network.hidden), bits=event_bits(config))


def group_deltas(config: Config) -> list[MemorySize]:
    """The deltas of every group, in a memory for each of `slices`."""
    return [MemorySize(depth=config.design.groups, bits=len(lanes) * config.design.delta_bits)
            for lanes in slices(config)]


def group_visits(config: Config) -> MemorySize:
    """The lists of groups worth a visit, by the numbers of the groups."""
    return MemorySize(depth=config.design.groups,
                      bits=max(1, (config.design.groups - 1).bit_length()))


def group_bases(config: Config) -> MemorySize:
    """The first row of every group, a table."""
    return MemorySize(depth=config.design.groups,
                      bits=formats.address_bits(config), written=False)


def memories(config: Config) -> list[MemorySize]:
    """All that an engine reads by an address, but for single-port RAMs and its lanes' tables."""
    return [*synapse_banks(config), input_events(config), hidden_events(config),
            *group_deltas(config), group_visits(config), group_bases(config)]


def pack_rows(config: Config, state: State) -> list[int]:
    """All rows of synapse memory from the states of all layers, unused lanes 0."""
    lanes, row = config.engine.lanes, formats.row(config)
    stored = {"plus": state.plus, "minus": state.minus, "polarity": state.polarity}
    values = {}
    for field in row.element.fields:
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
