"""Ring: values as they were some cycles earlier, in a memory instead of registers."""

from amaranth.hdl import Module, Value

from pulsetrain.spec.memories import MemorySize

from .memory import separate_memory


def ring_delayed(m: Module, value: Value, cycles: int, size: MemorySize, name: str) -> Value:
    """`value` as it was `cycles` clock cycles earlier, at least two, out of a memory of `size`.

    After a reset it takes as many cycles until what comes out is known. `size.depth` is a power of
    two, and at least `cycles`.
    """
    m.submodules[name] = memory = separate_memory(value.shape(), size)
    read, write = memory.read_port(), memory.write_port()
    m.d.sync += write.addr.eq(write.addr + 1)
    m.d.comb += [
        write.data.eq(value), write.en.eq(1),
        read.addr.eq(write.addr - (cycles - 1)), read.en.eq(1),
    ]
    return read.data
