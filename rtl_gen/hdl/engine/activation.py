"""Activation: drain a finished group of hidden units, one active unit per cycle."""

from operator import add, or_

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data
from amaranth.lib.wiring import Component, In, Out

from pulsetrain.hdl.library.arithmetic import activate, by_layer, is_active, tree
from pulsetrain.hdl.library.copy import copied
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
    comes out `latency` cycles after `z` is new, then one per cycle; `free` is high in the cycle in
    which the last unit is taken out of `z`, two cycles after it was new at the earliest. `z` may
    change from the next cycle on.

    Each of `spec.memories.slices` finds its own units, one ahead of those that are taken, and they
    have turns, the lowest first. So nothing that goes through all lanes is found in one cycle.

    Members:
        start: In(1), strobe: `z` holds a new group from the next cycle to that of `free`.
        layer: In(layer_shape), the group's layer, from 0; valid while `z` holds it.
        first_unit: In(unit_shape), the group's first unit; valid while `z` holds it.
        is_last: In(1), the group is its layer's last; valid while `z` holds it.
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

        parts = slices(self._config)
        some = Signal(len(parts), reset_less=True)  # the unit found by a slice is to be taken
        turn = Signal(len(parts), reset_less=True)  # ... in this cycle, if `taking`
        more = Signal(len(parts), reset_less=True)  # the slice has others
        next_some = Signal(len(parts))
        taking = Signal()
        left = (turn & more) | (~turn & some)
        m.d.comb += self.free.eq(taking & ~left.any())
        m.d.sync += [
            taking.eq(delayed(m, self.start, 2, "found", control=True) | (taking & ~self.free)),
            some.eq(next_some), turn.eq(next_some & -next_some)]
        # All lanes lead to one output. A register for every few neighbouring lanes keeps the
        # selection among them near to them.
        indices, sums = [], []
        for number, near in enumerate(parts):
            name, here = near.start, slice(near.start, near.stop)
            begins = copied(m, self.start, f"begins_{name}", control=True)
            finds = delayed(m, begins, 1, f"finds_{name}", control=True) | turn[number]
            rest = Signal(len(near), name=f"rest_{name}", reset_less=True)
            chosen = Signal(len(near), name=f"chosen_{name}", reset_less=True)
            below = (rest - 1)[:len(near)]  # inverts the lowest bit that is set, and those below it
            found = active[here] & present[here]
            with m.If(begins):
                m.d.sync += [rest.eq(found), more[number].eq(found.any())]
            with m.Elif(finds):
                m.d.sync += [rest.eq(rest & below), chosen.eq(rest & ~below),
                             more[number].eq((rest & below).any())]
            m.d.comb += next_some[number].eq(Mux(finds, more[number], some[number]))
            for first in range(near.start, near.stop, _NEIGHBOURS):
                few = range(first, min(first + _NEIGHBOURS, near.stop))
                index, z = (tree([Mux(chosen[lane - near.start], value, 0)
                                  for lane, value in zip(few, values, strict=True)], or_)
                            for values in (few, [self.z[lane] for lane in few]))
                indices.append(delayed(m, Mux(turn[number], index, 0), 1, f"index_{first}"))
                sums.append(delayed(m, Mux(turn[number], z, 0), 1, f"z_{first}"))
        # The first units of groups have bits of their own if lanes are a power of two.
        join = add if lanes & (lanes - 1) else or_
        m.d.sync += [
            self.unit.valid.eq(delayed(m, taking & some.any(), 1, "valid_near", control=True)),
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
