"""Memories: how many block RAMs synthesis for a family uses for a memory."""

from dataclasses import dataclass

from pulsetrain.spec.memories import MemorySize

SMALLEST_WORDS, SMALLEST_BITS = 4, 64
"""Memories of at most this many words or bits become registers, if look-up tables cannot be
memory."""


@dataclass(frozen=True, kw_only=True)
class MemoryCells:
    """The cells that a family's memories are made from.

    `block_shapes` are all shapes of one block RAM, each (words, bits); `lut_shapes` are those of a
    memory of look-up tables, which takes `luts` of them; empty if there is none. For
    `luts_per_block` such memories or more, synthesis uses a block RAM instead. A read-only table of
    more than `table_bits` bits per block RAM is made from block RAMs, a smaller one from look-up
    tables.
    """

    block_shapes: tuple[tuple[int, int], ...]
    table_bits: int
    lut_shapes: tuple[tuple[int, int], ...] = ()
    luts: int = 0
    luts_per_block: int = 24

    def block_rams(self, size: MemorySize) -> int:
        """Block RAMs that synthesis uses for a memory; 0 if it uses other cells.

        The count is for block RAMs of one shape, which is what synthesis does if the depth is a
        power of two; otherwise it sometimes needs one or two fewer.
        """
        fewest = min(_count(size, shape) for shape in self.block_shapes)
        if not size.written:
            return fewest if size.depth * size.bits > self.table_bits * fewest else 0
        if self.lut_shapes:
            # Yosys counts the part of its width that is used.
            in_luts = min(-(-size.depth // words) * size.bits / bits
                          for words, bits in self.lut_shapes)
            return fewest if in_luts >= self.luts_per_block * fewest else 0
        is_small = size.depth <= SMALLEST_WORDS or size.depth * size.bits <= SMALLEST_BITS
        return 0 if is_small else fewest

    def look_up_tables(self, size: MemorySize) -> int:
        """Look-up tables of a memory that is made of them, one more for each such memory to select
        its words; 0 if it uses other cells."""
        if not (size.written and self.lut_shapes) or self.block_rams(size):
            return 0
        return (self.luts + 1) * min(_count(size, shape) for shape in self.lut_shapes)


def _count(size: MemorySize, shape: tuple[int, int]) -> int:
    """Number of memories of a `shape` (words, bits) that make a memory of `size`."""
    words, bits = shape
    return -(-size.depth // words) * -(-size.bits // bits)
