"""Memory: no word is read in the cycle in which it is written."""

from amaranth.hdl import Shape, ShapeLike
from amaranth.lib.memory import Memory

from pulsetrain.spec.memories import MemorySize


def separate_memory(shape: ShapeLike, size: MemorySize) -> Memory:
    """A memory of words of `shape`, whose user never needs the result of reading a word in the
    cycle in which it is written.

    Synthesis is told this. Otherwise it would make such a read give the old word, as simulation
    does. Block RAMs do not, so 64 lanes would need a register for every bit written, a multiplexer
    for every bit read, and a comparison of the addresses.

    Raises:
        ValueError: the width of the words is not that of `size`.
    """
    if Shape.cast(shape).width != size.bits:
        raise ValueError(f"a word must have {size.bits} bits, not {Shape.cast(shape).width}")
    return Memory(shape=shape, depth=size.depth, init=[], attrs={"no_rw_check": 1})
