"""Slot: the group and the lane of a unit, from its index."""

from amaranth.hdl import Cat, Module, Mux, Value

from pulsetrain.hdl.library.delay import delayed
from pulsetrain.spec import Config


def unit_slot(m: Module, config: Config, index: Value, units: int, cycles: int,
              name: str) -> Value:
    """The slot (`spec.design.Design.slot_bits`) of unit `index` of a layer of at most `units`
    units, `cycles` cycles later.

    Group and lane are quotient and remainder of the index and the number of lanes. Each bit of the
    quotient takes one subtraction; the registers are spread evenly over them. If the number of
    lanes is a power of two, the slot is the index.
    """
    lanes = config.engine.lanes
    if lanes & (lanes - 1) == 0:
        return delayed(m, index, cycles, name)
    bits = (-(-units // lanes) - 1).bit_length()
    slot = index[:(units - 1).bit_length()]
    if not bits:
        return delayed(m, slot, cycles, name)
    done = 0
    for step in range(bits):
        bit = bits - 1 - step
        lane_bits = config.design.lane_bits + bit
        lane, group = slot[:lane_bits + 1], slot[lane_bits + 1:]
        rest = lane - (lanes << bit)
        is_less = rest[-1]
        slot = Cat(Mux(is_less, lane, rest)[:lane_bits], ~is_less, group)
        due = cycles * (step + 1) // bits
        slot = delayed(m, slot, due - done, f"{name}_{bit}")
        done = due
    return slot
