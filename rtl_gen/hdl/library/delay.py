"""Delay: values as they were some cycles earlier."""

from amaranth.hdl import Module, Signal, Value


def delayed(m: Module, value: Value, cycles: int, name: str, *, control: bool = False,
            init: int | None = None) -> Value:
    """`value` as it was `cycles` clock cycles earlier, in registers named after `name`.

    If `control` is set, a reset sets the registers to `init`, by default 0: for strobes, and bits
    that say whether other values are valid.
    """
    for cycle in range(cycles):
        register = Signal(value.shape(), name=name if cycle == cycles - 1 else f"{name}_{cycle}",
                          init=init, reset_less=not control)
        m.d.sync += register.eq(value)
        value = register
    return value
