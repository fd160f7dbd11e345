"""Delay: values as they were some cycles ago."""

from amaranth.hdl import Module, Signal, Value


def delayed(m: Module, value: Value, cycles: int, name: str, *, control: bool = False) -> Value:
    """`value` as it was `cycles` clock cycles ago; the registers are called after `name`.

    A reset clears them where they are `control`: a strobe, or what says that data are there.
    """
    for cycle in range(cycles):
        register = Signal(value.shape(), name=name if cycle == cycles - 1 else f"{name}_{cycle}",
                          reset_less=not control)
        m.d.sync += register.eq(value)
        value = register
    return value
