"""Synapse memory: one row of device pairs a cycle out, one in."""

from amaranth.hdl import Module
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import Component, In, Out

from rtl_gen.spec import Config

from .shapes import address_shape, row_layout


class SynapseMemory(Component):
    """Rows of `lanes` synapses (s+, s-), one read and one write a cycle.

    Timing: `row` is the row at the `read_address` of the previous cycle, as it was before a
    write of that cycle. The contents after power-up are zero; a reset leaves them.

    Members:
        read_address: In, row to read.
        row: Out, the row read, one cycle later.
        write: In, strobe.
        write_address, write_row: In, taken while `write` is high.
    """

    latency = 1

    def __init__(self, config: Config) -> None:
        self._config = config
        row = row_layout(config)
        address = address_shape(config)
        super().__init__({
            "read_address": In(address), "row": Out(row),
            "write": In(1), "write_address": In(address), "write_row": In(row)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.memory = memory = Memory(
            shape=row_layout(self._config), depth=self._config.rows, init=[])
        read, write = memory.read_port(), memory.write_port()
        m.d.comb += [
            read.addr.eq(self.read_address),
            read.en.eq(1),
            self.row.eq(read.data),
            write.addr.eq(self.write_address),
            write.data.eq(self.write_row),
            write.en.eq(self.write),
        ]
        return m
