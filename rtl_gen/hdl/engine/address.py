"""Address: the row of synapse memory that belongs to an input line and a group."""

from amaranth.hdl import Module, Signal
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.spec import Config

from .shapes import address_shape, group_shape, index_shape


class RowAddress(Component):
    """row = base(group) + index, with the bases in a read-only table.

    Timing: one row per cycle, latency one cycle.

    Members:
        group: In(group_shape), numbered through all layers.
        index: In(index_shape), input line.
        address: Out(address_shape), row of synapse memory, `latency` cycles later.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__({"group": In(group_shape(config)), "index": In(index_shape(config)),
                          "address": Out(address_shape(config))})

    @property
    def latency(self) -> int:
        """Cycles from a group and an index to their row."""
        return self._config.design.stages.address

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        bases = [layer.base + group * layer.rows
                 for layer in config.design.layers for group in range(layer.groups)]
        size = config.design.memories.group_bases
        m.submodules.bases = table = Memory(
            shape=size.bits, depth=size.depth, init=bases)
        base = table.read_port()
        index = Signal.like(self.index)
        m.d.sync += index.eq(self.index)
        m.d.comb += [base.addr.eq(self.group), base.en.eq(1),
                     self.address.eq(base.data + index)]
        return m
