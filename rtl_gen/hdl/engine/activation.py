"""Activation: drain a finished group of hidden units, one active unit per cycle."""

from operator import add, or_

from amaranth.hdl import Const, Module, Mux, Signal, signed
from amaranth.lib import data
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.hdl.library.arithmetic import activate, by_layer, is_active, tree
from pulsetrain.hdl.library.delay import delayed
from pulsetrain.spec import Config
from pulsetrain.spec.memories import slices

from .shapes import activation_shape, layer_shape, sums_layout, unit_shape

_NEIGHBOURS = 8


def unit_layout(config: Config) -> data.StructLayout:
    """One drained hidden unit.

    `valid`: there is a unit. `layer`: its layer, from 0. `index`: its index in the layer.
    `z`: its exact sum. `y`: its activation. `complete`: the layer has no more units; can be high
    without `valid`.
    """
    return data.StructLayout({
        "valid": 1, "layer": layer_shape(config), "index": unit_shape(config),
        "z": signed(config.design.accumulator_bits), "y": activation_shape(config), "complete": 1})


class Activation(Component):
    """Sends the units with y > 0 of a finished group of a hidden layer, lowest lane first.

    `y` equals `golden.activation.activate`; units with y = 0 take no cycle. Timing: the first unit
    comes out `latency` cycles after `start`, then one per cycle; `free` is high in the cycle in
    which the last unit is taken out of `z`, two cycles after `start` at the earliest. `z` may
    change from the next cycle on.

    Members:
        start: In(1), strobe: `z` holds a new group. It must not change until `free`.
        layer: In(layer_shape), the group's layer, from 0; valid from `start` to `free`.
        first_unit: In(unit_shape), the group's first unit; valid from `start` to `free`.
        is_last: In(1), the group is its layer's last; valid from `start` to `free`.
        z: In(sums_layout), exact sums.
        free: Out(1), strobe: the last unit is taken.
        unit: Out(unit_layout), the drained unit.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        super().__init__({
            "start": In(1), "layer": In(layer_shape(config)),
            "first_unit": In(unit_shape(config)), "is_last": In(1),
            "z": In(sums_layout(config)),
            "free": Out(1), "unit": Out(unit_layout(config))})

    @property
    def latency(self) -> int:
        """Cycles from a group's sums to its first unit."""
        return self._config.design.stages.activation

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes, hidden = self._config.engine.lanes, self._config.design.layers[:-1]
        active = Signal(lanes)
        for lane in range(lanes):
            m.d.comb += active[lane].eq(by_layer(self.layer, [
                is_active(self.z[lane], layer.forward_shift, layer.offset) for layer in hidden]))
        present = Mux(self.is_last, by_layer(self.layer, [
            (1 << (layer.outputs - (layer.groups - 1) * lanes)) - 1 for layer in hidden]),
            (1 << lanes) - 1)

        rest = Signal(lanes, reset_less=True)
        chosen = Signal(lanes, reset_less=True)  # counts while `taking`
        choosing = Signal()
        taking = Signal()
        m.d.comb += self.free.eq(taking & (rest == 0))
        m.d.sync += [taking.eq(choosing | (taking & ~self.free)), choosing.eq(self.start)]
        is_first = Const(1)  # no bit is set below; a carry over all lanes would take too long
        for near in slices(self._config):
            part = slice(near.start, near.stop)
            below = (rest[part] - 1)[:len(near)]  # inverts the lowest bit that is set, and those
            m.d.sync += [                         # below it
                rest[part].eq(rest[part] & (below | (~is_first).replicate(len(near)))),
                chosen[part].eq(rest[part] & ~below & is_first.replicate(len(near)))]
            is_first = ~rest[:near.stop].any()
        with m.If(self.start):
            m.d.sync += rest.eq(active & present)

        # All lanes lead to one output. A register for every few neighbouring lanes keeps the
        # selection among them near to them.
        indices, sums = [], []
        for first in range(0, lanes, _NEIGHBOURS):
            near = range(first, min(first + _NEIGHBOURS, lanes))
            index = tree([Mux(chosen[lane], lane, 0) for lane in near], or_)
            z = tree([Mux(chosen[lane], self.z[lane], 0) for lane in near], or_)
            indices.append(delayed(m, index, 1, f"index_{first}"))
            sums.append(delayed(m, z, 1, f"z_{first}"))
        # The first units of groups have bits of their own if lanes are a power of two.
        join = add if lanes & (lanes - 1) else or_
        m.d.sync += [
            self.unit.valid.eq(delayed(m, taking & chosen.any(), 1, "valid_near", control=True)),
            self.unit.layer.eq(delayed(m, self.layer, 1, "layer_near")),
            self.unit.index.eq(join(delayed(m, self.first_unit, 1, "first_near"),
                                    tree(indices, or_))),
            self.unit.z.eq(tree(sums, or_)),
            self.unit.complete.eq(
                delayed(m, self.free & self.is_last, 1, "complete_near", control=True)),
        ]
        m.d.comb += self.unit.y.eq(by_layer(self.unit.layer, [
            activate(self.unit.z, layer.forward_shift, layer.offset,
                     self._config.numbers.activation_bits)
            for layer in hidden]))
        return m
