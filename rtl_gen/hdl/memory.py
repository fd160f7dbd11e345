"""Memory: words, none of which is read in the cycle in which it is written."""

from amaranth.hdl import ShapeLike
from amaranth.lib.memory import Memory


def separate_memory(shape: ShapeLike, depth: int) -> Memory:
    """A memory whose user never needs what a read of a word gives while the word is written.

    Synthesis takes that for granted. Without a word it builds what simulation shows, the old
    contents, around block RAMs that give none: for 64 lanes a register for every bit that is
    written, a multiplexer for every bit that is read, and what compares the addresses.
    """
    return Memory(shape=shape, depth=depth, init=[], attrs={"no_rw_check": 1})
