"""Memories: how many block RAMs synthesis for a family makes of a memory."""

from dataclasses import dataclass

from pulsetrain.spec.memories import MemorySize

LUT_MEMORIES_PER_BLOCK = 24
"""From so many memories of look-up tables on, synthesis uses a block RAM instead."""

SMALLEST_WORDS, SMALLEST_BITS = 4, 64
"""Memories of so many words, or bits, become registers where look-up tables cannot be memory."""


@dataclass(frozen=True, kw_only=True)
class Memories:
    """What a family's memories are made of.

    `block_shapes` are words and bits of one block RAM, in all of its shapes; `lut_shape` those of
    a memory of look-up tables, None where there is none. A table of more than `table_bits` bits
    per block RAM becomes block RAMs, and a smaller one look-up tables.
    """

    block_shapes: tuple[tuple[int, int], ...]
    table_bits: int
    lut_shape: tuple[int, int] | None = None

    def block_rams(self, size: MemorySize) -> int:
        """Block RAMs that synthesis makes of a memory; 0 where it uses something else.

        All of them are counted in one shape, which is what synthesis does where the depth is a
        power of two; elsewhere it sometimes needs one or two fewer.
        """
        fewest = min(_count(size, shape) for shape in self.block_shapes)
        if not size.written:
            return fewest if size.depth * size.bits > self.table_bits * fewest else 0
        if self.lut_shape:
            in_luts = _count(size, self.lut_shape)
            return fewest if in_luts >= LUT_MEMORIES_PER_BLOCK * fewest else 0
        is_small = size.depth <= SMALLEST_WORDS or size.depth * size.bits <= SMALLEST_BITS
        return 0 if is_small else fewest


def _count(size: MemorySize, shape: tuple[int, int]) -> int:
    """Memories of a `shape` (words, bits) that hold a memory of `size`."""
    words, bits = shape
    return -(-size.depth // words) * -(-size.bits // bits)
