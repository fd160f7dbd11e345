"""Memories: depth and width of every memory of an engine, and which lanes share one.

The hardware and the estimates both use these sizes.
"""

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .config import Config

SPRAM_BITS, SPRAM_ROWS = 16, 1 << 14
"""Width and depth of one `SB_SPRAM256KA`."""

BANK_SYNAPSES = 1 << 14
"""Synapses of one bank of block RAM, which belong to a few neighbouring lanes."""

LEAST_BANK_ROWS = 1024
"""Rows of the shallowest bank."""

REGISTER_WORDS = 16
"""Words of the memory of the registers that count, which is addressed like all registers."""

SLICE_LANES = 16
"""Number of neighbouring lanes that one register or memory can drive in time."""

TRIT_BITS = 2
"""A trit as two bits: its column's pulse is positive, or negative."""


@dataclass(frozen=True, kw_only=True)
class MemorySize:
    """A memory of `depth` words of `bits` bits; a read-only table if not `written`."""

    depth: int
    bits: int
    written: bool = True


@dataclass(frozen=True, kw_only=True)
class Memories:
    """The memories of an engine, except single-port RAMs and the tables of its lanes.

    `synapse_banks`: the banks of `bank_grid`, for each range of lanes the banks of all rows; empty
    if the rows are in single-port RAMs. `input_events`: the events of two samples, each in a half
    that an address bit selects. `hidden_events`: the lists of events of all hidden layers, one
    after the other; None without hidden layers. `group_trits`: the trits of every group, a memory
    for each of `slices`. `group_deltas`: the deltas of every group, a memory for each of
    `backward_slices`. `group_visits`: the lists of groups to visit. `group_bases`: the first row of
    every group, a table. `written_rows`: the addresses of the
    rows that are between their read and their write. `row_parities`: the parity of every row, a
    memory for each of `slices`; none without `engine.parity`. `registers`: the registers that
    count.
    """

    synapse_banks: tuple[tuple[MemorySize, ...], ...]
    input_events: MemorySize
    hidden_events: MemorySize | None
    group_trits: tuple[MemorySize, ...]
    group_deltas: tuple[MemorySize, ...]
    group_visits: MemorySize
    group_bases: MemorySize
    written_rows: MemorySize
    row_parities: tuple[MemorySize, ...]
    registers: MemorySize

    @property
    def all(self) -> list[MemorySize]:
        """All memories."""
        hidden = [self.hidden_events] if self.hidden_events else []
        return [*chain(*self.synapse_banks), self.input_events, *hidden, *self.group_trits,
                *self.group_deltas, self.group_visits, self.group_bases, self.written_rows,
                *self.row_parities, self.registers]


def memories_of(config: "Config") -> Memories:
    """The memories of the engine of `config`."""
    design = config.design
    depths, lanes_together = bank_grid(config)
    event_bits = design.index_bits + config.numbers.activation_bits
    banks = () if config.engine.single_port else tuple(
        tuple(MemorySize(depth=depth, bits=len(lanes) * design.pair_bits) for depth in depths)
        for lanes in lanes_together)
    return Memories(
        synapse_banks=banks,
        input_events=MemorySize(depth=2 << design.input_bits,
                                bits=event_bits),
        hidden_events=(MemorySize(depth=sum(config.network.hidden), bits=event_bits)
                       if config.network.hidden else None),
        group_trits=tuple(MemorySize(depth=design.groups, bits=len(lanes) * TRIT_BITS)
                          for lanes in slices(config)),
        group_deltas=tuple(MemorySize(depth=design.groups, bits=len(lanes) * design.delta_bits)
                           for lanes in backward_slices(config)),
        group_visits=MemorySize(depth=design.groups, bits=design.group_bits),
        group_bases=MemorySize(depth=design.groups, bits=design.address_bits, written=False),
        written_rows=MemorySize(depth=1 << (design.stages.write_back - 1).bit_length(),
                                bits=design.address_bits),
        row_parities=tuple(MemorySize(depth=design.rows, bits=1)
                           for _ in slices(config) if config.engine.parity),
        registers=MemorySize(depth=REGISTER_WORDS, bits=32))


def row_bits(config: "Config") -> int:
    """Bits of one row of synapse memory."""
    return config.engine.lanes * config.design.pair_bits


def spram_grid(config: "Config") -> tuple[int, int]:
    """(columns, banks) of single-port RAMs for all rows: how many for the width and the depth."""
    return -(-row_bits(config) // SPRAM_BITS), -(-config.design.rows // SPRAM_ROWS)


def bank_grid(config: "Config") -> tuple[list[int], list[range]]:
    """Banks of block RAM that hold all rows: the rows of each bank, and the lanes that share one.

    A deeper bank is shared by fewer lanes, because each of its block RAMs is narrower. A bank that
    holds all rows is no deeper than their number, rounded up to a power of two.
    """
    lanes, rows = config.engine.lanes, config.design.rows
    depth = min(config.engine.bank_rows, max(LEAST_BANK_ROWS, 1 << (rows - 1).bit_length()))
    lanes_per_bank = BANK_SYNAPSES // depth
    return ([min(depth, rows - start) for start in range(0, rows, depth)],
            [range(first, min(first + lanes_per_bank, lanes))
             for first in range(0, lanes, lanes_per_bank)])


def slices(config: "Config") -> list[range]:
    """The lanes in groups of `SLICE_LANES` neighbours: the slices of a row."""
    return _in_slices(config.engine.lanes)


def backward_slices(config: "Config") -> list[range]:
    """The lanes that take part in backward, in groups of `SLICE_LANES` neighbours."""
    return _in_slices(config.design.backward_lanes)


def _in_slices(lanes: int) -> list[range]:
    return [range(first, min(first + SLICE_LANES, lanes))
            for first in range(0, lanes, SLICE_LANES)]
