"""Registers in the cells of pins, which are the same distance from the pin in every placement."""

from amaranth.hdl import ClockSignal, Const, Instance, Module, Signal, Value

from .family import PinClock, PinRegister


def add_pin_registers(m: Module, register: PinRegister, name: str, value: Value, *,
                      initial: int = 0, falling: bool = False) -> Signal:
    """Add a register of `value`, one cell for each bit; placement puts it into the cell of a pin
    if it is connected to nothing else there.

    It takes its value at the rising or at the `falling` edge; `initial` is its first one.
    """
    output = Signal(len(value), name=name)
    for bit in range(len(value)):
        parameters = {**register.parameters, **(register.falling if falling else register.rising),
                      **register.initial[initial >> bit & 1]}
        m.submodules[f"{name}_{bit}"] = Instance(
            register.cell,
            **{f"a_{key}": value for key, value in register.attributes.items()},
            **{f"p_{key}": value for key, value in parameters.items()},
            **{f"i_{register.clock}": ClockSignal(), f"i_{register.data}": value[bit],
               f"o_{register.output}": output[bit]})
    return output


def add_inverted_clock(m: Module, cell: PinClock, name: str) -> Signal:
    """Add a register that puts out the inverse of the clock."""
    output = Signal(name=name)
    inputs = {**cell.inputs, cell.high: 0, cell.low: 1}
    m.submodules[name] = Instance(
        cell.cell, **{f"i_{key}": Const(value, 1) for key, value in inputs.items()},
        **{f"i_{cell.clock}": ClockSignal(), f"o_{cell.output}": output})
    return output
