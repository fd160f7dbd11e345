"""Checks: why the executor refuses a command, or one of its items."""

from collections.abc import Callable, Mapping

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import data

from pulsetrain.formats import engine as formats
from pulsetrain.hdl.library.layout import layout
from pulsetrain.protocol import COMMANDS, REFUSALS, refusal, spaces
from pulsetrain.registers import ADDRESS_BITS, REGISTERS, Register
from pulsetrain.spec import Config
from pulsetrain.spec.memories import slices

from .samples import SampleDecoder

REFUSAL_SHAPE = range(len(REFUSALS) + 1)
"""Shape of the code of a refusal; 0 is none."""

def refused_command(m: Module, config: Config, header: data.View, samples: SampleDecoder) -> Signal:
    """Code of the refusal of a command with this `header`, 0 if it can be carried out."""
    code = Signal(REFUSAL_SHAPE, name="refused_command")
    limits = spaces(config)
    bits = max(limits.values()).bit_length()
    start, beyond = header.address[:bits], header.address[bits:].any()
    end = Signal(max(bits, len(header.count)) + 1)
    m.d.comb += end.eq(start + header.count)
    busy = samples.in_work != 0
    writable = _end_of_run(m, start, "writable", lambda entry: entry.writable)
    at_once = _end_of_run(m, start, "at_once", lambda entry: entry.name == "mode")
    with m.Switch(header.code):
        for entry in COMMANDS:
            with m.Case(entry.code):
                outside = header.address != 0
                if entry.space:
                    outside = beyond | (end >= limits[entry.space] + 1)
                with m.If(outside):
                    m.d.comb += code.eq(refusal("address").code)
                if entry.name == "write_registers":
                    with m.Elif(end[:ADDRESS_BITS] > writable):
                        m.d.comb += code.eq(refusal("register").code)
                    with m.Elif(busy & (end[:ADDRESS_BITS] > at_once)):
                        m.d.comb += code.eq(refusal("busy").code)
                if entry.name == "write_rows":
                    with m.Elif(busy):
                        m.d.comb += code.eq(refusal("busy").code)
        with m.Default():
            m.d.comb += code.eq(refusal("command").code)
    return code


def refused_item(m: Module, config: Config, is_command: Mapping[str, Value],
                 items: Mapping[str, Value], address: Value, is_last_slice: Value,
                 samples: SampleDecoder) -> Signal:
    """Code of the refusal of the item that was received, 0 if it can be carried out.

    `items` has its bits as each item that a command can take; `address` is its address. A row is
    checked slice by slice.
    """
    code = Signal(REFUSAL_SHAPE, name="refused_item")
    for name, reason, refused in (
            ("write_registers", "register", _refuses_value(m, items["register"], address)),
            ("write_rows", "row", _refuses_slice(config, items["row"], is_last_slice)),
            ("send_samples", "sample", samples.refuses()),
            ("take_results", "result", samples.in_work == 0)):
        with m.If(is_command[name] & refused):
            m.d.comb += code.eq(refusal(reason).code)
    return code


def _end_of_run(m: Module, start: Value, name: str,
                belongs: Callable[[Register], bool]) -> Signal:
    """The first address from `start` on whose register does not belong; signal `end_of_{name}`."""
    found, end = Signal(ADDRESS_BITS, name=f"end_of_{name}"), len(REGISTERS)
    with m.Switch(start[:ADDRESS_BITS]):
        for entry in reversed(REGISTERS):
            end = end if belongs(entry) else entry.address
            with m.Case(entry.address):
                m.d.comb += found.eq(end)
        with m.Default():
            m.d.comb += found.eq(len(REGISTERS))
    return found


def _refuses_value(m: Module, value: Value, address: Value) -> Value:
    """Whether the register at `address` must not hold `value`."""
    refused = Signal(name="refuses_value")
    with m.Switch(address):
        for entry in REGISTERS:
            if entry.writable:
                with m.Case(entry.address):
                    m.d.comb += refused.eq(value[entry.bits:].any()
                                           | _exceeds(value[:entry.bits], entry.most)
                                           | value.matches(*range(entry.least)))
    return refused


def _refuses_slice(config: Config, item: Value, is_last: Value) -> Value:
    """Whether the slice in the bits of `item` holds a state that no device has, or a spare bit.

    Only the last slice of a row can have spare bits.
    """
    form, most = formats.row_slice(config), config.design.states - 1
    used = len(slices(config)[-1]) * formats.pair(config).bits
    pairs = data.View(layout(form), item[:form.bits])
    return Cat(is_last & item[used:].any(), *(
        _exceeds(state, most) for pair in pairs for state in (pair.plus, pair.minus))).any()


def _exceeds(value: Value, most: int) -> Value:
    """Whether `value` is above `most`; no logic is built if it cannot be."""
    return Const(0) if most == (1 << len(value)) - 1 else value > most
