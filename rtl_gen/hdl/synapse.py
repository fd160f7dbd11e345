"""Synapse memory: one row of device pairs a cycle out, one in."""

from amaranth.hdl import Module, Mux, Value
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import Component, In, Member, Out

from rtl_gen.spec import Config

from .delay import delayed
from .shapes import address_shape, row_layout

_BANK_BITS = 10
"""Address bits of a bank: a block RAM of ECP5 has 1024 words where it is 18 bits wide."""


def memory_ports(config: Config) -> dict[str, Member]:
    """The ports of synapse memory, whatever it is made of."""
    row, address = row_layout(config), address_shape(config)
    return {"read_address": In(address), "row": Out(row),
            "write": In(1), "write_address": In(address), "write_row": In(row)}


class SynapseMemory(Component):
    """Rows of `lanes` synapses (s+, s-), one read and one write a cycle.

    Registers stand before and behind the block RAMs, as one address drives all of them. They are
    banks of 1024 rows, so that what chooses between them is not in the way of their outputs.

    Timing: `row` is the row at the `read_address` of `latency` cycles before, as it was before a
    write of that cycle. The contents after power-up are zero; a reset leaves them.

    Members:
        read_address: In, row to read.
        row: Out, the row read, `latency` cycles later.
        write: In, strobe.
        write_address, write_row: In, taken while `write` is high.
    """

    latency = 3

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__(memory_ports(config))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        read_address, write_address = (
            delayed(m, address, 1, name) for address, name in (
                (self.read_address, "reading"), (self.write_address, "writing")))
        row = delayed(m, self.write_row, 1, "written_row")
        chosen = delayed(m, read_address[_BANK_BITS:], 2, "chosen")
        rows, banks = self._config.rows, []
        for number, start in enumerate(range(0, rows, 1 << _BANK_BITS)):
            m.submodules[f"bank_{number}"] = memory = Memory(
                shape=row_layout(self._config), depth=min(1 << _BANK_BITS, rows - start), init=[])
            read, write = memory.read_port(), memory.write_port()
            here = self.write & (self.write_address[_BANK_BITS:] == number)
            m.d.comb += [
                read.addr.eq(read_address),
                read.en.eq(1),
                write.addr.eq(write_address),
                write.data.eq(row),
                write.en.eq(delayed(m, here, 1, f"writes_{number}", control=True)),
            ]
            banks.append(delayed(m, Value.cast(read.data), 1, f"row_{number}"))
        m.d.comb += self.row.eq(by_bank(chosen, banks))
        return m


def by_bank(chosen: Value, rows: list[Value]) -> Value:
    """The row of the bank that the address bits `chosen` number: a tree of multiplexers."""
    for bit in chosen:
        pairs = zip(rows[::2], rows[1::2], strict=False)
        rows = [Mux(bit, high, low) for low, high in pairs] + rows[len(rows) // 2 * 2:]
    return rows[0]
