"""Memory: words, none of which is read in the cycle in which it is written."""

from amaranth.hdl import Shape, ShapeLike
from amaranth.lib.memory import Memory

from pulsetrain.memory_map import MemorySize


def separate_memory(shape: ShapeLike, size: MemorySize) -> Memory:
    """A memory of words of `shape`, whose user never needs what a read of a word gives while the
    word is written.

    Synthesis takes that for granted. Without a word it builds what simulation shows, the old
    contents, around block RAMs that give none: for 64 lanes a register for every bit that is
    written, a multiplexer for every bit that is read, and what compares the addresses.

    Raises:
        ValueError: the words have another width than `size` says.
    """
    if Shape.cast(shape).width != size.bits:
        raise ValueError(f"a word must have {size.bits} bits, not {Shape.cast(shape).width}")
    return Memory(shape=shape, depth=size.depth, init=[], attrs={"no_rw_check": 1})
